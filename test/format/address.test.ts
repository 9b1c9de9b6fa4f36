/** Addresses as text. Node's own parser is the witness. */
import net from 'node:net';
import t from 'tap';
import { formatIpv4, formatIpv6 } from '../../lib/format/address.js';

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));

t.test('addresses have the form of RFC 5952', async (t) => {
  t.equal(formatIpv4(bytes('0a000001')), '10.0.0.1');
  const cases: [hex: string, text: string][] = [
    ['00000000000000000000000000000000', '[::]'],
    ['00000000000000000000000000000001', '[::1]'],
    ['20010db8000000000000000000000001', '[2001:db8::1]'],
    ['20010db8000000010001000100010001', '[2001:db8:0:1:1:1:1:1]'],
    ['20010db8000000000001000000000001', '[2001:db8::1:0:0:1]'],
    ['20010000000000010000000000000001', '[2001:0:0:1::1]'],
    ['fe800000000000000000000000000000', '[fe80::]'],
    ['00000000000000000000ffff7f000001', '127.0.0.1'],
    ['00010000000000000000ffff7f000001', '[1::ffff:7f00:1]'],
  ];
  for (const [hex, text] of cases) {
    t.equal(formatIpv6(bytes(hex)), text);
    t.ok(net.isIP(text.replace(/[[\]]/g, '')), text);
  }
});
