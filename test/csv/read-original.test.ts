/**
 * Files of the original xcapture are told from ours, of whatever version: each may have any beginning of our columns.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { headerOf, CSV_FILES, type CsvColumn } from '../../lib/schema/csv-files.js';
import { codecOf, type Values } from '../../lib/csv/codecs.js';
import { HourHash } from '../../lib/csv/hour-hash.js';
import { LocalClock } from '../../lib/csv/local-time.js';
import { isOriginal } from '../../lib/csv/read-original.js';
import { CsvRows } from '../../lib/csv/rows.js';
import { ByteWriter } from '../../lib/format/byte-writer.js';
import { recordsOf } from '../../lib/recording/recorded-rows.js';
import { writeOriginal } from '../support/original.js';
import { folder } from '../support/recording.js';
import { hashOf } from '../support/stacks.js';

const HOUR = '2026-11-23.01';
const HASH = new HourHash(HOUR);
const OWN = new LocalClock(() => 0).toLocal('2026-11-23T01:00:00.000000Z')!;
/** Texts that look like the original's, and a hash that looks like a number. */
const RECORDS: Readonly<Record<string, readonly Values[]>> = {
  kstack: [{ hash: '0123456789012345', syms: "a'b,c", frames: [{ addr: 'ff' }] }, { hash: hashOf(2) }],
  ustack: [
    { hash: hashOf(3), frames: [] },
    { hash: hashOf(4), syms: "'x'" },
  ],
  cgroup: [{ cgroup_id: 1, cgroup: "/a, 'b'" }, { cgroup_id: 2 }],
  sample: [
    { timestamp: OWN.utc, tid: 1, state: 'DISK', comm: "it's, 'here'", kstack_hash: hashOf(2), ustack_hash: hashOf(3) },
    { timestamp: OWN.utc, comm: '\n' },
  ],
  syscend: [{ tid: 1, syscall_name: "'read'", sysc_ret_val: -11, sysc_enter_time: OWN.utc }, {}],
  iorqend: [{ insert_tid: 1, dev: '254:0', iorq_flags: 'READ', issue_timestamp: OWN.utc }, {}],
};

function csvOf(columns: readonly CsvColumn[], records: readonly Values[]): Buffer {
  const to = new ByteWriter();
  to.text(`${headerOf(columns)}\n`);
  const rows = new CsvRows(columns);
  for (const record of records) rows.write(record, to, { own: OWN, hour: HASH });
  return Buffer.from(to.written);
}

/** What these columns keep of a record. */
function keptBy(columns: readonly CsvColumn[], record: Values): Values {
  const to = new ByteWriter();
  const kept: Values = {};
  for (const codec of columns.map(codecOf)) {
    to.clear();
    codec.write(record, to, { own: OWN, hour: HASH });
    const field = Buffer.from(to.written).toString();
    const text = field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field;
    codec.read(text, kept, { offsetS: 0, hour: HASH });
  }
  return kept;
}

t.test('a file with the first of our columns, or with more, is ours, and its hashes are turned back', async (t) => {
  const directory = folder(t);
  for (const file of CSV_FILES) {
    const { name, record } = file;
    const newer: CsvColumn[] = [...file.columns, { name: 'NEWER', form: 'text' }];
    const firstText = file.columns.findIndex(({ form }) => /^(text|fixed|stack_hash)$/.test(form)) + 1;
    t.ok(firstText > 0, `${name} has a text in every row`);
    for (let length = firstText; length <= newer.length; length++) {
      const columns = newer.slice(0, length);
      for (const records of [RECORDS[record]!, RECORDS[record]!.toReversed(), []]) {
        const stem = join(directory, `xcapture_${name}_${HOUR}`);
        writeFileSync(`${stem}.csv`, csvOf(columns, records));
        t.notOk(isOriginal(`${stem}.csv`), `${name} with ${length} columns and ${records.length} rows`);
        const back: Values[] = [];
        const onMalformed = (where: string, reason: string) => void t.fail(`${where}: ${reason}`);
        for await (const one of recordsOf({ file, stem, hour: HASH, offsets: [], onMalformed })) back.push(one);
        t.strictSame(
          back,
          records.map((one) => ({ type: record, ...keptBy(columns, one) })),
        );
      }
    }
  }
});

t.test('what the original has written is its own, also under a header of ours', async (t) => {
  const directory = folder(t);
  writeOriginal(directory);
  for (const name of [
    'samples_2025-10-04.04',
    'samples_2025-10-04.05',
    'kstacks_2025-10-04.04',
    'ustacks_2025-10-04.04',
    'cgroups_2025-10-04.04',
    'iorqend_2025-10-04.04',
  ]) {
    t.ok(isOriginal(join(directory, `xcapture_${name}.csv`)), name);
  }
  mkdirSync(join(directory, 'rows'));
  for (const [index, row] of [
    "2025-10-04T04:00:01.123456,1000000,11,10,4026531836,1,TRACED,'root'",
    '2025-10-04T04:00:01.123456,1000000,11,10,4026531836,-,-,-',
    "1234567890123456,'a'",
    '1234567890123456,-',
    `a234567890123456,std::map<"x">`,
    "SYSC_END,1,1,'read'",
  ].entries()) {
    const path = join(directory, 'rows', `${index}.csv`);
    writeFileSync(path, `${headerOf(CSV_FILES[index % CSV_FILES.length]!.columns)}\n${row}\n`);
    t.ok(isOriginal(path), row);
  }
});
