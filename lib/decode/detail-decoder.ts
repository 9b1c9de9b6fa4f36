/** The parts of a task that say what it works on (lib/schema/wire.ts), to values of columns. */
import { connectionState, formatConnection, type UnixPeer } from '../format/connection.js';
import { fileName } from '../format/file-name.js';
import { PARTS, type PartName } from '../schema/enums.js';
import {
  decodeAioInfo,
  decodePollInfo,
  decodeTcpInfo,
  decodeUnixInfo,
  decodeIorqInfo,
  decodeUringInfo,
  ExtraInfo,
  type UnixInfo,
} from './extra-info.gen.js';
import { PartCache } from './part-cache.js';
import { structOf } from '../schema/wire.js';

/** The chunk that the parts are in, and where in it they are. */
export interface Parts {
  /** Two views of the same memory. */
  readonly words: Uint32Array;
  readonly bytes: Buffer;
  /** Where each part of the task starts (words), in the order of `PARTS`; -1: it is not there. */
  readonly partAt: Int32Array;
}

/** Of a file's part with its names: enough for most paths. */
const MAX_FILE_WORDS = 48;

const PART = Object.fromEntries(PARTS.map(({ name }, index) => [name, index])) as Record<PartName, number>;

function offsetIn(struct: string, name: string): number {
  const field = structOf(struct).fields.find((one) => one.name === name);
  if (!field) throw new RangeError(`struct ${struct} has no field ${name}`);
  return field.offset;
}

const PATH = { bytes: offsetIn('given_path', 'bytes'), size: structOf('given_path').size };
const FILE = {
  inode: offsetIn('file', 'inode') / 4,
  magic: offsetIn('file', 'magic') / 4,
  names_bytes: offsetIn('file', 'names_bytes'),
  flags: offsetIn('file', 'flags'),
  words: structOf('file').size / 4,
};
const SOCKET = {
  inode: offsetIn('socket', 'inode') / 4,
  local: offsetIn('socket', 'local'),
  remote: offsetIn('socket', 'remote'),
  id: offsetIn('socket', 'id') / 4,
  family: offsetIn('socket', 'family'),
  type: offsetIn('socket', 'type'),
  protocol: offsetIn('socket', 'protocol'),
  local_port: offsetIn('socket', 'local_port'),
  remote_port: offsetIn('socket', 'remote_port'),
  state: offsetIn('socket', 'state'),
  words: structOf('socket').size / 4,
};
const UNIX = {
  name_bytes: offsetIn('unix', 'name_bytes'),
  name_flags: offsetIn('unix', 'name_flags'),
  size: structOf('unix').size,
};
/** Bits of `enum xcap_unix_name`. */
const PRESENT = 1;
const ABSTRACT = 2;
const OWN = 4;

export class DetailDecoder {
  readonly #files = new PartCache<string>(MAX_FILE_WORDS);
  readonly #connections = new PartCache<string>(SOCKET.words);

  /** The path that a call was given; `undefined` for the empty one. */
  path({ bytes }: Parts, word: number): string | undefined {
    const at = word * 4;
    const start = at + PATH.size;
    const end = start + bytes.readUInt16LE(at + PATH.bytes);
    const nul = bytes.indexOf(0, start);
    return bytes.toString('utf8', start, nul >= 0 && nul < end ? nul : end) || undefined;
  }

  file({ words, bytes }: Parts, word: number): string {
    const at = word * 4;
    const length = bytes[at + FILE.names_bytes]! + bytes[at + FILE.names_bytes + 1]! * 256;
    const inode = words[word + FILE.inode]!;
    const count = FILE.words + ((length + 3) >>> 2);
    const cached = this.#files.get(words, word, count, inode);
    if (cached !== undefined) return cached;
    const names = bytes.subarray(at + FILE.words * 4, at + FILE.words * 4 + length);
    const flags = bytes.readUInt16LE(at + FILE.flags);
    const name = fileName(words[word + FILE.magic]!, inode + words[word + FILE.inode + 1]! * 0x100000000, names, flags);
    return this.#files.set(words, word, count, inode, name);
  }

  connection(parts: Parts, word: number): string {
    const { words, partAt } = parts;
    const unix = partAt[PART.unix]!;
    if (unix >= 0) return connectionText(parts, word, this.#unix(parts, unix));
    const inode = words[word + SOCKET.inode]!;
    return (
      this.#connections.get(words, word, SOCKET.words, inode) ??
      this.#connections.set(words, word, SOCKET.words, inode, connectionText(parts, word))
    );
  }

  connState({ bytes }: Parts, word: number): string | undefined {
    const at = word * 4;
    return connectionState(bytes[at + SOCKET.family]!, bytes[at + SOCKET.state]!);
  }

  extraInfo(parts: Parts): ExtraInfo | undefined {
    const { words, partAt } = parts;
    const tcp = partAt[PART.tcp]!;
    const unix = partAt[PART.unix]!;
    const poll = partAt[PART.poll]!;
    const aio = partAt[PART.aio]!;
    const uring = partAt[PART.uring]!;
    const iorq = partAt[PART.iorq]!;
    if (tcp < 0 && unix < 0 && poll < 0 && aio < 0 && uring < 0 && iorq < 0) return undefined;
    const info = new ExtraInfo();
    if (tcp >= 0) info.tcp = decodeTcpInfo(words, tcp);
    if (unix >= 0) info.unix = this.#unix(parts, unix);
    if (poll >= 0) info.poll = decodePollInfo(words, poll);
    if (aio >= 0) {
      info.aio = decodeAioInfo(words, aio);
      info.aio.file = this.#optionalFile(parts, PART.aio_file);
    }
    if (uring >= 0) {
      info.uring = decodeUringInfo(words, uring);
      info.uring.file = this.#optionalFile(parts, PART.uring_file);
    }
    if (iorq >= 0) info.iorq = decodeIorqInfo(words, iorq);
    return info;
  }

  #optionalFile(parts: Parts, part: number): string | undefined {
    const at = parts.partAt[part]!;
    return at < 0 ? undefined : this.file(parts, at);
  }

  #unix({ words, bytes }: Parts, word: number): UnixInfo {
    const info = decodeUnixInfo(words, word);
    const at = word * 4;
    const flags = bytes.readUInt16LE(at + UNIX.name_flags);
    if ((flags & PRESENT) === 0) return info;
    if (flags & OWN) info.bound = true;
    const start = at + UNIX.size + (flags & ABSTRACT ? 1 : 0);
    const end = at + UNIX.size + bytes.readUInt16LE(at + UNIX.name_bytes);
    if (flags & ABSTRACT) {
      info.abstract = true;
      info.path = bytes.toString('utf8', start, end);
    } else {
      const nul = bytes.indexOf(0, start);
      info.path = bytes.toString('utf8', start, nul >= 0 && nul < end ? nul : end);
    }
    return info;
  }
}

function connectionText({ words, bytes }: Parts, word: number, peer?: UnixPeer): string {
  const at = word * 4;
  const u16 = (offset: number) => bytes.readUInt16LE(at + offset);
  const address = (offset: number) => bytes.subarray(at + offset, at + offset + 16);
  return formatConnection(
    {
      family: u16(SOCKET.family),
      type: u16(SOCKET.type),
      protocol: u16(SOCKET.protocol),
      localPort: u16(SOCKET.local_port),
      remotePort: u16(SOCKET.remote_port),
      id: words[word + SOCKET.id]!,
      local: address(SOCKET.local),
      remote: address(SOCKET.remote),
    },
    peer,
  );
}
