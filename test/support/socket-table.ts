/** The kernel's own tables of TCP and UDP sockets: the witness for `connection`. */
import { readFileSync } from 'node:fs';

/** An address as the tables have it: words of 32 bits in the machine's byte order, in hex. */
function addressOf(hex: string): string {
  const bytes = Buffer.from(hex, 'hex');
  bytes.swap32();
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, n) => bytes.readUInt16BE(2 * n).toString(16));
  // Good enough for the addresses of tests: `::` stands for the first run of zeros.
  return `[${groups
    .join(':')
    .replace(/\b0(:0)+\b/, ':')
    .replace(/^::+/, '::')
    .replace(/::+$/, '::')}]`;
}

function endOf(text: string): string {
  const [address, port] = text.split(':') as [string, string];
  return `${addressOf(address)}:${Number.parseInt(port, 16)}`;
}

/** `TCP LOCAL->REMOTE`, or without the remote end where there is none, of a file such as `socket:[4711]`. */
export function connectionOf(file: string): string | undefined {
  const inode = /^socket:\[(\d+)\]$/.exec(file)?.[1];
  for (const name of ['tcp', 'tcp6', 'udp', 'udp6']) {
    const lines = readFileSync(`/proc/net/${name}`, 'utf8').split('\n').slice(1);
    const fields = lines.map((line) => line.trim().split(/\s+/)).find((one) => inode !== undefined && one[9] === inode);
    if (!fields) continue;
    const local = `${name.slice(0, 3).toUpperCase()} ${endOf(fields[1]!)}`;
    return fields[2]!.endsWith(':0000') ? local : `${local}->${endOf(fields[2]!)}`;
  }
  return undefined;
}
