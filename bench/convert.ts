/**
 * `npm run bench:convert -- [MIB]`: xcapture-csv on a file of NDJSON beside mlr, jq and DuckDB, which do the same job:
 * a record a row, all of them with the same columns. Each in turn, three times; the median.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CSV_KEYS } from '../lib/csv/columns.js';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const ROUNDS = 3;
const MIB = 2 ** 20;

const folder = mkdtempSync(join(tmpdir(), 'xcapture-convert-'));
const input = join(folder, 'in.ndjson');

/** A short recording of this machine, again and again. */
function makeInput(bytes: number): number {
  const options = ['-a', '-F', '50', '-i', '100', '--ndjson'];
  const [header, ...lines] = execFileSync(process.execPath, [at('../bin/xcapture.js'), ...options], {
    maxBuffer: 2 ** 30,
  })
    .toString()
    .split('\n')
    .slice(0, -2);
  writeFileSync(input, `${header}\n`);
  const text = `${lines.join('\n')}\n`;
  let rows = 0;
  for (; statSync(input).size < bytes; rows += lines.length) appendFileSync(input, text);
  return rows;
}

/** A shell line, by /usr/bin/time: wall time in s, CPU time in s and peak RSS in MiB. */
function measure(line: string): [wall: number, cpu: number, peak: number] {
  const report = join(folder, 'time');
  const { status } = spawnSync('/usr/bin/time', ['-f', '%e %U %S %M', '-o', report, 'bash', '-c', line], {
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error(`${line}: ${status}`);
  const [wall, user, system, kib] = readFileSync(report, 'utf8').trim().split(' ').map(Number);
  return [wall!, user! + system!, kib! / 1024];
}

const keys = CSV_KEYS.map((key) => (key === 'extra_info' ? '(.extra_info | tojson)' : `.${key}`)).join(', ');
const duckdb = `import { DuckDBInstance } from '@duckdb/node-api';
const connection = await (await DuckDBInstance.create(':memory:')).connect();
await connection.run(\`copy (select * from read_json('${input}', format = 'newline_delimited', union_by_name = true)
  where type = 'sample') to '${folder}/duckdb.csv'\`);`;
const TOOLS: readonly [name: string, line: string][] = [
  [
    'xcapture-csv',
    `rm -rf ${folder}/csv; "${process.execPath}" "${at('../bin/xcapture-csv.js')}" -o ${folder}/csv < ${input}`,
  ],
  [
    'mlr',
    `mlr --ijsonl --ocsv unsparsify -f ${CSV_KEYS.join(',')} then cut -o -f ${CSV_KEYS.join(',')} ${input} > ${folder}/mlr.csv`,
  ],
  ['jq', `jq -r 'select(.type == "sample") | [${keys}] | @csv' ${input} > ${folder}/jq.csv`],
  ['DuckDB', `cd ${at('../../')} && "${process.execPath}" --input-type=module -e "${duckdb.replaceAll('`', '\\`')}"`],
];

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

try {
  const rows = makeInput(Number(process.argv[2] ?? 1024) * MIB);
  console.log(`${(statSync(input).size / MIB).toFixed(0)} MiB, ${rows} records`);
  const results = new Map<string, [number, number, number][]>(TOOLS.map(([name]) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) for (const [name, line] of TOOLS) results.get(name)!.push(measure(line));
  for (const [name, all] of results) {
    const [wall, cpu, peak] = [0, 1, 2].map((index) => median(all.map((one) => one[index]!)));
    console.log(
      `${name.padEnd(14)} ${wall!.toFixed(1).padStart(7)} s  CPU ${cpu!.toFixed(1).padStart(7)} s  ${peak!.toFixed(0).padStart(6)} MiB`,
    );
  }
} finally {
  rmSync(folder, { recursive: true });
}
