#!/usr/bin/env node
/** `xcapture-csv`: NDJSON to hourly CSV. */
import { csvMain } from '../lib/cli/csv/main.js';

process.exitCode = await csvMain(process.argv.slice(2));
