/** Writes each record as a line of JSON. */
import type { Writable } from 'node:stream';
import { ByteWriter } from '../format/byte-writer.js';
import { escapeTerminalControls } from '../format/json-text.js';
import { encodeSample, SampleRow } from '../decode/sample.gen.js';
import type { Batch, StreamRecord } from '../batch.js';
import { textSink } from './text-sink.js';

/**
 * A Writable of `Batch`. Its text goes to the destination, which it does not end, because stdout stays open.
 * @param destination default: stdout
 */
export function ndjsonSink(destination: Writable = process.stdout): Writable {
  const writer = new ByteWriter();
  let before: SampleRow | undefined;
  let told: SampleRow | undefined;
  const encode = (record: StreamRecord): void => {
    if (record instanceof SampleRow) {
      if (encodeSample(record, writer, before, told)) told = record;
      before = record;
      return;
    }
    writer.text(`${escapeTerminalControls(JSON.stringify(record))}\n`);
  };
  return textSink(destination, ({ records }: Batch) => {
    writer.clear();
    before = undefined;
    told = undefined;
    for (const record of records) encode(record);
    return writer.written;
  });
}
