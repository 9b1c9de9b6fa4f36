#!/usr/bin/env node
/** `xcapture-csv`: NDJSON to hourly CSV. */
import { csvMain } from '../lib/cli/csv.js';

process.exitCode = await csvMain(process.argv.slice(2));
