import type { Context } from './context.js'
import {
  donationNote,
  mayShowDonation,
  readDonateState,
  rememberWay,
  writeDonateState,
  type Donation
} from './donate.js'
import { readSettings } from './settings.js'

/**
 * Counts a successful pull or contribution, and shows the dataset's donation note if it may be shown now.
 * @param facts what was served by whom, one sentence
 */
export function showDonation(
  context: Context,
  after: 'pull' | 'contribution',
  dataset: string,
  donation: Donation | undefined,
  facts = ''
): void {
  const before = readDonateState(context.home)
  const counted = after === 'pull' ? { ...before, pulls: before.pulls + 1 } : before
  const state = rememberWay(counted, dataset, donation)
  const now = Date.now()
  const { env, live, interactive } = context
  const setting = readSettings(context.home).donate_note
  const shown = donation !== undefined && mayShowDonation({ after, env, live, interactive, setting, state, now })
  if (state !== before || shown) writeDonateState(context.home, shown ? { ...state, shownAt: now } : state)
  if (!shown) return
  for (const line of donationNote(dataset, donation, facts)) context.say(context.color.dim(line))
}
