#!/usr/bin/env node
/** `xcapture`: samples this machine. */
import { main } from '../lib/cli/xcapture/main.js';

process.exitCode = await main(process.argv.slice(2));
