#!/usr/bin/env node
/** `xcapture-stacks`: flame graphs and profiles of sampled stacks. */
import { main } from '../lib/cli/stacks/main.js';

process.exitCode = await main(process.argv.slice(2));
