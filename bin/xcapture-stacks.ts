#!/usr/bin/env node
/** `xcapture-stacks`: flame graphs and profiles of sampled stacks. */
import { stacksMain } from '../lib/cli/stacks/main.js';

process.exitCode = await stacksMain(process.argv.slice(2));
