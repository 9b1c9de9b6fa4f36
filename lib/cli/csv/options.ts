/** THE table of options of `xcapture-csv`. */
import type { Option } from '../option.js';
import { APPEND, COMPRESS, HELP, OUTPUT_DIR, RETAIN, VERSION } from '../shared-options.js';

export const OPTIONS = [
  OUTPUT_DIR,
  { ...APPEND, help: 'add the columns COLS to the CSV of samples' },
  RETAIN,
  COMPRESS,
  HELP,
  VERSION,
] as const satisfies readonly Option[];
