/** What --help, -l and --version print. */
import { blazesymVersion } from '../native.js';
import { COLUMNS, type Column } from '../schema/columns.js';
import { version } from '../version.js';
import type { Option } from './option.js';
import { OPTIONS } from './xcapture/options.js';

const EXAMPLES = `Examples:
  sudo xcapture -i 10                                   # a table, like a better top
  sudo xcapture -a -p 4242 -w                           # every thread of one process
  sudo xcapture -i 60 --ndjson | jq -c 'select(.type=="sample" and .state=="DISK")'
  sudo xcapture -a -F 10 --duration 1m --ndjson > out.ndjson
  xcapture --replay out.ndjson --where state=RUNQ       # the same table, later and elsewhere
  sudo xcapture -k -u -F 20 -i 200 --ndjson | xcapture-stacks > out.folded
  sudo xcapture -a -C -o /var/lib/xcapture --retain 7d  # hourly CSV, all day
`;

const EXIT_STATUS = `Exit status: 0 done, also when stopped by a signal or when the pipe's reader went away; 1 failure;
2 usage; 3 done, but records were lost.
`;

function pad(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}\n`).join('');
}

/** As the help and the README spell an option: `-F, --freq HZ`. */
export function spellOption({ short, long, argument }: Option): string {
  const names = short ? `-${short}, --${long[0]}` : `    --${long[0]}`;
  return argument ? `${names} ${argument}` : names;
}

/** A line for each option. */
export const optionRows = (options: readonly Option[]): string =>
  pad(options.map((option) => [spellOption(option), option.help] as const));

export function helpText(): string {
  return `Usage: xcapture [OPTION…]

What every thread of this machine is doing and waiting for, sampled by eBPF.

${optionRows(OPTIONS)}
${EXAMPLES}
${EXIT_STATUS}`;
}

export function columnList(): string {
  const rows = (COLUMNS as readonly Column[]).map(
    ({ name, type, unit, description }) =>
      [name, `${type.padEnd(8)} ${(unit ?? '-').padEnd(5)} ${description}`] as const,
  );
  return pad(rows);
}

export const versionText = (program: string): string => `${program} ${version()}\n`;

/** Of the sampler itself: what its addon is made of, too, where that can be loaded. */
export function samplerVersionText(): string {
  try {
    const blazesym = blazesymVersion();
    return `xcapture ${version()} (${blazesym === undefined ? 'without blazesym' : `blazesym ${blazesym}`})\n`;
  } catch {
    return versionText('xcapture');
  }
}
