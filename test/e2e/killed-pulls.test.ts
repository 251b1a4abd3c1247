import test from 'brittle'
import { killEveryPull } from './kill-pulls.js'

// In killed-pulls.long.ts it is more often.
test('pulls that are killed', { timeout: 600_000 }, (t) => killEveryPull(t, 6))
