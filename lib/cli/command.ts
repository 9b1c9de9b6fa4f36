/** The start-up of every command. */
import v8 from 'node:v8';
import { version } from '../version.js';
import { optionsText } from './help.js';
import type { Option } from './option.js';
import { print } from './print.js';
import { readOptions, usage, type CommandLine } from './read-options.js';
import { report } from './report.js';

interface Command<Table extends readonly Option[]> {
  readonly options: Table;
  /** The text of --help around that of the options. */
  readonly help: (options: string) => string;
  /** Takes arguments that are no options. Default: false. */
  readonly takesFiles?: boolean;
  /** Returns the exit status. */
  readonly run: (line: CommandLine<Table>) => Promise<number>;
}

export const versionText = (program: string): string => `${program} ${version()}\n`;

/** The command as a function of its arguments that returns its exit status; errors are reported on stderr. */
export function command<const Table extends readonly Option[]>(
  program: string,
  { options, help, takesFiles, run }: Command<Table>,
) {
  // An option's own text comes before that of all commands.
  const documents: readonly Pick<Option, 'name' | 'prints'>[] = [
    { name: 'help', prints: () => help(optionsText(options)) },
    ...options,
    { name: 'version', prints: () => versionText(program) },
  ];
  return async (argv: readonly string[]): Promise<number> => {
    // What a batch leaves behind dies young. V8 would let that part of its heap grow to three times
    // 16 MiB all the same.
    v8.setFlagsFromString('--semi-space-growth-factor=1');
    // The reader of stderr may go away. Nobody is left then who could be told.
    process.stderr.on('error', () => {});
    try {
      const line = readOptions(program, options, argv);
      const [extra] = line.operands;
      if (extra !== undefined && !takesFiles) throw usage(`unexpected argument ${extra || "''"}`);
      const document = documents.find(({ name, prints }) => prints && line.given.has(name));
      if (!document) return await run(line);
      await print(document.prints!());
      return 0;
    } catch (error) {
      return report(error);
    }
  };
}
