/** "Did you mean …?" */
import t from 'tap';
import { nearest } from '../../lib/lookup/nearest.js';

t.test('the nearest spelling is found, and none where nothing is near', async (t) => {
  t.equal(nearest('iteration', ['freq', 'iterations']), 'iterations');
  t.equal(nearest('fre', ['freq', 'iterations']), 'freq');
  t.equal(nearest('zzzzzzzz', ['freq', 'iterations']), undefined);
  t.equal(nearest('x', []), undefined);
});
