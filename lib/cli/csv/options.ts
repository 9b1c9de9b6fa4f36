/** THE table of options of `xcapture-csv`. */
import { APPEND, COMPRESS, HELP, OUTPUT_DIR, RETAIN, VERSION, type Option } from '../option.js';

export const CSV_OPTIONS: readonly Option[] = [OUTPUT_DIR, APPEND, RETAIN, COMPRESS, HELP, VERSION];
