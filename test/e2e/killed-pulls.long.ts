import test from 'brittle'
import { killEveryPull } from './kill-pulls.js'

test('pulls of every form, killed 20 times each', { timeout: 1_800_000 }, (t) => killEveryPull(t, 20))
