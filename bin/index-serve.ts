import { access } from 'node:fs/promises'
import { formatKey } from '../lib/dataset/link.js'
import { datasetEntry } from '../lib/dataset/entries.js'
import { deskPath, LocalDesk } from '../lib/dataset/desk.js'
import type { Decision, Queued } from '../lib/dataset/decisions.js'
import { Moderator } from '../lib/dataset/moderator.js'
import { datasetFolder, moderatorKeyPair } from '../lib/dataset/premises.js'
import { examineWith } from '../lib/dataset/queue.js'
import { countRefused, type Refused } from '../lib/dataset/refusal-log.js'
import { readJson } from '../lib/files.js'
import { readBenchmarks } from '../lib/check/benchmark-files.js'
import { benchmarkTable } from '../lib/check/benchmarks.js'
import { checkRules } from '../lib/check/rules.js'
import { messageOf, VdataError } from '../lib/errors.js'
import { ControlServer } from '../lib/network/control.js'
import { Identity } from '../lib/network/identity.js'
import { KINDS } from '../lib/record/types.js'
import { ModeratorChecks } from './checks.js'
import { biasOf } from './dataset-bias.js'
import type { Context } from './context.js'
import { bytes, plural } from './format.js'
import { chooseDataset, sayCounts, type CreateOptions, type ServeOptions } from './index-desk.js'
import { resolveNetwork } from './network-options.js'
import { readSettings } from './settings.js'
import { tellHolder, whenStopped } from './wait.js'

export async function create(context: Context, name: string, options: CreateOptions): Promise<void> {
  const { home, signal } = context
  if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(name)) {
    throw new VdataError(
      'usage',
      'BAD_NAME',
      `"${name}" cannot name a dataset.`,
      'Use lower-case letters, digits and dashes.'
    )
  }
  if (await exists(datasetFolder(home, name))) {
    throw new VdataError(
      'error',
      'DATASET_EXISTS',
      `You have a dataset "${name}" here already.`,
      'Choose another name.'
    )
  }
  const identity = await Identity.load(home)
  const entry = parseEntry({
    version: 1,
    name,
    title: options.title ?? '',
    description: options.description ?? '',
    licenses: options.license ?? [],
    kinds: options.kind ?? [...KINDS],
    thresholds: await readRules(options.rules),
    moderators: [
      {
        name: options.moderator ?? readSettings(home).name ?? '',
        key: formatKey(moderatorKeyPair(identity, name).publicKey)
      }
    ],
    ...(options.donateUrl && { donation: { url: options.donateUrl, text: options.donateText ?? '' } }),
    created_at: new Date().toISOString()
  })
  const moderator = await Moderator.open({ home, identity, name, purpose: 'index create', signal })
  try {
    await moderator.describe(entry)
    context.result({ link: moderator.link, name }, moderator.link)
    context.say('Publish this link: it is all that contributors, seeders and readers need.')
    context.say('Be online for it with `vdata index serve`.')
  } finally {
    await moderator.close()
  }
}

export async function serve(context: Context, options: ServeOptions): Promise<void> {
  const { home, signal } = context
  const name = await chooseDataset(context, options.dataset)
  const benchmarks = options.benchmarks && benchmarkTable(await readBenchmarks(options.benchmarks))
  const checks = new ModeratorChecks(datasetFolder(home, name), benchmarks)
  const moderator = await Moderator.open({
    home,
    name,
    identity: await Identity.load(home),
    purpose: 'index serve',
    auto: options.auto === 'accept',
    trust: options.trust,
    examine: examineWith(checks.open),
    onAccept: (volume) => checks.accepted(volume),
    outdated: (volume, dataset) => checks.outdated(volume, dataset),
    biasOf,
    limits: { quota: options.quota, bytesADay: options.perDay, bytesADayEach: options.perContributor },
    signal,
    onWait: tellHolder(context)
  })
  try {
    follow(context, moderator)
    await checks.catchUp(moderator, signal)
    moderator.on('decided', ({ volume, status }: Decision) => {
      if (status !== 'accepted' || checks.knows(volume)) return
      checks.catchUp(moderator, signal).catch((error: unknown) => context.warn(messageOf(error)))
    })
    const desk = new LocalDesk(moderator)
    const control = await ControlServer.listen(deskPath(home, name), desk.methods)
    try {
      await moderator.serve(resolveNetwork(context, options))
      context.emit({ event: 'ready', link: moderator.link, name, auto: options.auto })
      context.say(`Ready: serving ${moderator.link}. Press Ctrl-C to stop.`)
      await whenStopped(context)
    } finally {
      await control.close()
    }
  } finally {
    await moderator.close()
    await checks.close()
  }
}

function follow(context: Context, moderator: Moderator): void {
  moderator.on('offer', (queued: Queued) => {
    context.emit({ event: 'offer', ...queued })
    const size = `${plural(queued.records, 'record')}, ${bytes(queued.bytes)}`
    context.say(`${queued.volume.slice(0, 8)}… offered by ${queued.contributor.slice(0, 8)}: ${size}`)
  })
  moderator.on('ready', (queued: Queued) => {
    context.emit({ event: 'queued', ...queued })
    const id = queued.volume.slice(0, 8)
    const codes = queued.objections.map(({ code }) => code).join(', ')
    const why = queued.appeal !== null ? 'is appealed' : codes ? `is objected to (${codes})` : 'passed the checks'
    context.say(`${id}… ${why} and waits for you: vdata index show ${id}`)
  })
  moderator.on('decided', (decision: Decision) => {
    context.emit({ event: 'decided', ...decision })
    const why = decision.reasons.map(({ code }) => code).join(', ')
    context.say(`${decision.volume.slice(0, 8)}… ${decision.status}${why ? `: ${why}` : ''}`)
  })
  moderator.on('refused', (refused: readonly Refused[]) => {
    const counts = countRefused(refused)
    context.emit({ event: 'refused', counts })
    context.say(`Turned away: ${sayCounts(counts)}; see \`vdata index refused\`.`)
  })
  moderator.on('fault', (error: unknown) => context.warn(messageOf(error)))
}

/** The dataset's own rules for the checks; empty: the defaults. */
async function readRules(path: string | undefined): Promise<{ [name: string]: unknown }> {
  if (path === undefined) return {}
  const value = await readJson(path)
  if (typeof value !== 'object' || value === null) {
    throw new VdataError('usage', 'BAD_RULES', `${path} has no rules.`, 'Give a JSON object, as `vdata check --rules`.')
  }
  checkRules(value)
  return value as { [name: string]: unknown }
}

function parseEntry(value: unknown) {
  const parsed = datasetEntry.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  throw new VdataError(
    'usage',
    'BAD_ENTRY',
    `${issue.path.join('.')}: ${issue.message}.`,
    'See `vdata index create --help`.'
  )
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false
  )
}
