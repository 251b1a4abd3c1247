import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

/** What a dataset's index entry says about donations. */
export interface Donation {
  /** Where one can give. No payment passes through vdata. */
  url: string
  /** The moderator's own words: facts, one line. */
  text?: string
}

/** What this computer remembers, in its own home and nowhere else. */
export interface DonateState {
  /** When a note was last shown, in milliseconds since 1970. */
  shownAt?: number
  /** Successful pulls so far. */
  pulls: number
  /** Until when the user does not want to be asked, having given. */
  givenUntil?: number
  /** The ways to give of the datasets that were met, the latest first. */
  ways?: Way[]
}

/** How one dataset can be supported, by its index entry. */
export interface Way extends Donation {
  dataset: string
}

export interface DonateQuestion {
  after: 'pull' | 'contribution'
  env: NodeJS.ProcessEnv
  /** Whether stderr is a terminal that may be written to. */
  live: boolean
  /** Whether a person is there: neither --json nor --quiet nor --no-input. */
  interactive: boolean
  /** The setting `donate_note`. */
  setting: 'on' | 'off' | undefined
  state: DonateState
  now: number
}

const DAY = 86_400_000
/** Not in the first pulls: whoever tries vdata out is not asked. */
const FIRST_PULLS = 3
export const NOTE_EVERY = 30 * DAY
export const SILENT_AFTER_GIVING = 365 * DAY

// What people set to be left alone, here and in other tools.
const SWITCHES = [
  'VDATA_NO_DONATE',
  'DO_NOT_TRACK',
  'ADBLOCK',
  'DISABLE_OPENCOLLECTIVE',
  'OPEN_SOURCE_CONTRIBUTOR',
  'CI',
  'CONTINUOUS_INTEGRATION'
]

/** Whether the note may be shown now: on a terminal, to a person, at most once in 30 days after pulls, and never against a wish. */
export function mayShowDonation({ after, env, live, interactive, setting, state, now }: DonateQuestion): boolean {
  if (!live || !interactive || setting === 'off') return false
  if (SWITCHES.some((name) => isSet(env[name]))) return false
  if (state.givenUntil !== undefined && now < state.givenUntil) return false
  if (after === 'contribution') return true
  if (state.pulls <= FIRST_PULLS) return false
  // A clock that was set back must not silence the note for ever, nor bring it twice.
  return state.shownAt === undefined || Math.abs(now - state.shownAt) >= NOTE_EVERY
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== '0' && value !== 'false'
}

/** The note: three lines, facts, the link, and the way to switch it off. */
export function donationNote(dataset: string, { url, text }: Donation, facts = ''): string[] {
  return [
    [`${dataset} is kept alive by volunteers.`, facts].filter((part) => part !== '').join(' '),
    `${text === undefined ? 'You can help to pay for it' : text.split('\n')[0]}: ${url}`,
    "Don't show this: vdata config set donate_note off. You gave already: vdata donate --gave."
  ]
}

/** Datasets whose ways to give are remembered. */
const WAYS = 20

const stateSchema = z.object({
  shownAt: z.number().optional(),
  pulls: z.number().int().nonnegative().default(0),
  givenUntil: z.number().optional(),
  ways: z
    .array(z.object({ dataset: z.string(), url: z.string(), text: z.string().optional() }))
    .max(WAYS)
    .optional()
})

/** Remembers how a dataset can be supported, for `vdata donate`; a dataset that no longer says so is forgotten. */
export function rememberWay(state: DonateState, dataset: string, donation: Donation | undefined): DonateState {
  const others = (state.ways ?? []).filter((way) => way.dataset !== dataset)
  const ways = donation ? [{ dataset, url: donation.url, text: donation.text }, ...others] : others
  return ways.length === 0 && !state.ways ? state : { ...state, ways: ways.slice(0, WAYS) }
}

/** Reads the state; an unreadable one counts as none. */
export function readDonateState(home: string): DonateState {
  try {
    return stateSchema.parse(JSON.parse(readFileSync(fileOf(home), 'utf8')))
  } catch {
    return { pulls: 0 }
  }
}

export function writeDonateState(home: string, state: DonateState): void {
  mkdirSync(home, { recursive: true, mode: 0o700 })
  const temporary = `${fileOf(home)}.${process.pid}.tmp`
  writeFileSync(temporary, JSON.stringify(state), { mode: 0o600 })
  renameSync(temporary, fileOf(home))
}

function fileOf(home: string): string {
  return join(home, 'donate.json')
}
