/** Text as JSON. */
import t from 'tap';
import { quote } from '../../lib/format/json-text.js';

t.test('JSON text parses back and has no control in it', async (t) => {
  for (const text of ['', '"\\', '\u0000\n\u001b', '\u007f\u0080\u009f', '\ud800', '🦀']) {
    t.equal(JSON.parse(quote(text)), text);
    t.notMatch(quote(text), /\p{Cc}/u);
  }
});
