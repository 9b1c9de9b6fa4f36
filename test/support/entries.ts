/** Entries of the sampler's byte stream, put together field by field. */
import { KINDS, PARTS, type KindName, type PartName } from '../../lib/schema/enums.js';
import { structOf } from '../../lib/schema/wire.js';

export type Values = Readonly<Record<string, number | bigint | string>>;

/** One struct as bytes. Fields that are not given are zero. */
function struct(name: string, values: Values): Buffer {
  const { fields, size } = structOf(name);
  const bytes = Buffer.alloc(size);
  for (const [key, value] of Object.entries(values)) {
    const field = fields.find((one) => one.name === key);
    if (!field) throw new RangeError(`${name} has no field ${key}`);
    const { ctype, offset } = field;
    if (ctype.startsWith('char')) bytes.write(String(value), offset, Number(ctype.slice(4)), 'latin1');
    else if (ctype === 'u64') bytes.writeBigUInt64LE(BigInt(value), offset);
    else if (ctype === 'u16') bytes.writeUInt16LE(Number(value), offset);
    else if (ctype === 'u8') bytes.writeUInt8(Number(value), offset);
    else if (ctype === 's32') bytes.writeInt32LE(Number(value), offset);
    else bytes.writeUInt32LE(Number(value), offset);
  }
  return bytes;
}

const padded = (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(-bytes.length & 7)]);

/** What a part holds, and the text that follows it. */
export type PartValues = Values | { values: Values; text: Buffer };

const isWithText = (part: PartValues): part is { values: Values; text: Buffer } => typeof part['text'] === 'object';

/** An entry with its head, the parts of a task, and the texts that follow. */
export function entry(
  kind: KindName,
  values: Values = {},
  { parts = {}, tails = [] }: { parts?: Partial<Record<PartName, PartValues>>; tails?: Buffer[] } = {},
): Buffer {
  const pieces = [struct(kind, values)];
  let bits = 0;
  PARTS.forEach((part, index) => {
    const given = parts[part.name];
    if (!given) return;
    bits |= 1 << index;
    const { values: own, text } = isWithText(given) ? given : { values: given, text: Buffer.alloc(0) };
    pieces.push(struct(part.struct, 'tail' in part ? { [part.tail]: text.length, ...own } : own), padded(text));
  });
  const bytes = Buffer.concat([...pieces, ...tails.map(padded)]);
  bytes.writeUInt16LE(KINDS.indexOf(kind) + 1, 0);
  bytes.writeUInt16LE(bits, 2);
  bytes.writeUInt32LE(bytes.length, 4);
  return bytes;
}

/** Aligned memory with these entries, as `Decoder.decode` wants it. */
export function chunkOf(...entries: readonly Buffer[]): Uint8Array {
  return new Uint8Array(Buffer.concat(entries));
}
