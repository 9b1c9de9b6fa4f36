#!/usr/bin/env node
/** `xcapture-csv`: NDJSON to hourly CSV. */
import { main } from '../lib/cli/csv/main.js';

process.exitCode = await main(process.argv.slice(2));
