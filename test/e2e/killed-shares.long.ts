import test from 'brittle'
import { killShares } from './kill-shares.js'

test('shares, killed 20 times', { timeout: 1_800_000 }, (t) => killShares(t, 20))
