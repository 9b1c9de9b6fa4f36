/** Container ids in paths of control groups. */
import t from 'tap';
import { containerIdOf } from '../../lib/format/container-id.js';

t.test('the innermost container is found in a path of control groups', async (t) => {
  const [one, two] = ['1'.repeat(64), 'abcdef01'.repeat(8)];
  t.equal(containerIdOf(`/system.slice/docker-${one}.scope`), one);
  t.equal(containerIdOf(`/kubepods.slice/cri-containerd-${one}.scope/x/libpod-${two}.scope`), two);
  t.equal(containerIdOf(`/docker/${two}`), two);
  t.equal(containerIdOf(`/a/${one}1`), undefined, '65 digits');
  t.equal(containerIdOf('/user.slice'), undefined);
});
