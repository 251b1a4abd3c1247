import test from 'brittle'
import { killAgainAndAgain } from './helpers/kill.js'

test(
  'killed at random moments while volumes come and go: within the quota, nothing fetched twice, all served',
  { timeout: 240_000 },
  async (t) => {
    const { most, quota, served, listed, volumes, complete } = await killAgainAndAgain(t, 8)
    t.comment(`at most ${most} of ${quota} bytes on disk; ${served} bytes served for ${listed} listed`)
    t.is(complete, volumes)
    t.ok(most <= quota * 1.02, 'never beyond the quota')
    // What was on its way at each kill may come again, and the index and its tree are served too.
    t.ok(served <= listed * 1.05 + 8 * 2_000_000, 'what was here did not come again')
  }
)
