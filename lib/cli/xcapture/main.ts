/** The command `xcapture`. */
import { command } from '../command.js';
import { OPTIONS } from './options.js';
import { settingsOf } from './settings.js';

const help = (options: string): string => `Usage: xcapture [OPTION…]

What every thread of this machine is doing and waiting for, sampled by eBPF.

${options}
Examples:
  sudo xcapture -i 10                                   # a table, like a better top
  sudo xcapture -a -p 4242 -w                           # every thread of one process
  sudo xcapture -i 60 --ndjson | jq -c 'select(.type=="sample" and .state=="DISK")'
  sudo xcapture -a -F 10 --duration 1m --ndjson > out.ndjson
  xcapture --replay out.ndjson --where state=RUNQ       # the table, later and elsewhere
  sudo xcapture -k -u -F 20 -i 200 --ndjson | xcapture-stacks > out.folded
  sudo xcapture -a -C -o /var/lib/xcapture --retain 7d  # hourly CSV, all day

Exit status: 0 done, also when stopped by a signal or when the pipe's reader went away; 1 failure;
2 usage; 3 done, but records were lost.
`;

export const main = command('xcapture', {
  options: OPTIONS,
  help,
  run: async (line) => {
    // Loaded when it is needed: --help and --version are quicker without it.
    const { run } = await import('./run.js');
    return run(settingsOf(line));
  },
});
