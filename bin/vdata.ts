#!/usr/bin/env node
import process from 'node:process'
import { REGISTRY } from './registry.js'
import { run } from './run.js'

// Not left to the event loop: a socket that somebody forgot must not keep a finished command alive.
process.exit(await run(process.argv.slice(2), REGISTRY))
