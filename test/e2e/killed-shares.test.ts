import test from 'brittle'
import { killShares } from './kill-shares.js'

// In killed-shares.long.ts it is more often.
test('shares that are killed', { timeout: 600_000 }, (t) => killShares(t, 8))
