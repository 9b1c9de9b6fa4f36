/** The command `xcapture`. */
import { readFileSync } from 'node:fs';
import v8 from 'node:v8';
import { jsonSchema } from '../../schema/json-schema.js';
import { columnList, helpText, samplerVersionText } from '../help.js';
import { parseCommandLine, type Action } from './settings.js';
import { print } from '../print.js';
import { report } from '../report.js';
import { run } from './run.js';

const DOCUMENTS: Record<Exclude<Action, 'run'>, () => string> = {
  help: helpText,
  version: samplerVersionText,
  list: columnList,
  schema: () => readFileSync(new URL('../../../../SCHEMA.md', import.meta.url), 'utf8'),
  jsonSchema: () => `${JSON.stringify(jsonSchema(), null, 2)}\n`,
};

/** Runs the command. Returns its exit status; errors are reported on stderr. */
export async function main(argv: readonly string[]): Promise<number> {
  // What a batch leaves behind dies young. V8 would let that part of its heap grow to three times 16 MiB all the same.
  v8.setFlagsFromString('--semi-space-growth-factor=1');
  // Whoever reads stderr may go away. What is written there is for him alone, so there is nobody to tell.
  process.stderr.on('error', () => {});
  try {
    const settings = parseCommandLine(argv);
    if (settings.action === 'run') return await run(settings);
    await print(DOCUMENTS[settings.action]());
    return 0;
  } catch (error) {
    return report(error);
  }
}
