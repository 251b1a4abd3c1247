import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from 'commander'
import { deskPath, moderatedDatasets, type DeskStatus } from '../../lib/dataset/desk.js'
import { isDecided, ShareFiles } from '../../lib/dataset/shares.js'
import { codeOf } from '../../lib/errors.js'
import { callControl, controlPath } from '../../lib/network/control.js'
import type { SeederStatus } from '../../seeders/seeder.js'
import type { Context } from '../context.js'
import { bytes, count, percent, plural } from '../format.js'
import { examples } from '../help.js'
import { clean } from '../text.js'
import { statusLines } from '../seed-run.js'
import { readSettings } from '../settings.js'
import { explain, sayReason, type ExplainedReason } from '../share-reasons.js'
import { tallyVerdicts } from '../share-status.js'

/** What this computer has and does. */
interface Status {
  home: string
  dataset: string | null
  shares: {
    all: number
    accepted: number
    rejected: number
    waiting: number
    /** Of the volumes that have their verdict; null where none has. */
    accept_rate: number | null
    refusals: { volume: string; reasons: ExplainedReason[] }[]
  }
  /** Null: not running. */
  seed: SeederStatus | null
  moderating: { name: string; serving: DeskStatus | null }[]
  /** Bytes on this disk. */
  disk: { shares: number; cache: number; seed: number; datasets: number }
}

/** `vdata status`: what this computer has and does. */
export function define(command: Command, context: () => Context): void {
  command
    .description('Show what this computer has shared, keeps, serves and moderates. It asks nobody in the network.')
    .action(() => run(context()))
  examples(command, [['vdata status', 'a look at everything']])
}

async function run(context: Context): Promise<void> {
  const { home } = context
  const names = await moderatedDatasets(home)
  const status: Status = {
    home,
    dataset: readSettings(home).dataset ?? null,
    shares: await countShares(home),
    seed: (await callControl<SeederStatus>(controlPath(home, 'seed'), 'status')) ?? null,
    moderating: await Promise.all(
      names.map(async (name) => ({
        name,
        serving: (await callControl<DeskStatus>(deskPath(home, name), 'status')) ?? null
      }))
    ),
    disk: {
      shares: await diskUse(join(home, 'shares')),
      cache: await diskUse(join(home, 'cache')),
      seed: await diskUse(join(home, 'seed')),
      datasets: await diskUse(join(home, 'datasets'))
    }
  }
  context.result(status, describe(status))
}

async function countShares(home: string): Promise<Status['shares']> {
  const shares = await new ShareFiles(home).list()
  const { accepted, rejected, decided } = tallyVerdicts(shares)
  const refused = shares.flatMap((share) =>
    share.volumes.filter(({ verdict }) => verdict?.status === 'rejected').map((volume) => ({ share, volume }))
  )
  return {
    accept_rate: decided === 0 ? null : accepted / decided,
    refusals: await Promise.all(
      refused.map(async ({ share, volume }) => ({
        volume: volume.id,
        reasons: await explain(home, share, volume)
      }))
    ),
    all: shares.length,
    accepted,
    rejected,
    waiting: shares.filter((share) => !isDecided(share)).length
  }
}

function describe({ home, dataset, shares, seed, moderating, disk }: Status): string {
  const { accepted, rejected, waiting } = shares
  const decided = accepted + rejected
  const taken = decided > 0 ? `, ${percent(accepted, decided)} of what was decided` : ''
  const verdicts = shares.all > 0 ? `: ${accepted} accepted${taken}, ${rejected} rejected, ${waiting} waiting` : ''
  const lines = [
    `home       ${home}`,
    `dataset    ${dataset ?? 'none set: vdata config set dataset vdata://…'}`,
    `shared     ${plural(shares.all, 'share')}${verdicts} (${bytes(disk.shares)})`,
    ...shares.refusals.map(({ volume, reasons }) => {
      const why = reasons.map(sayReason).join('; ')
      return `           ${volume.slice(0, 8)}… refused: ${why}`
    }),
    `pulled     ${bytes(disk.cache)} kept for the next pull`
  ]
  if (seed) {
    for (const [i, line] of statusLines(seed).entries()) lines.push(`${i === 0 ? 'seeding   ' : '          '} ${line}`)
  } else lines.push(`seeding    not running (${bytes(disk.seed)})`)
  for (const { name, serving } of moderating) {
    const facts = serving
      ? `${plural(serving.volumes, 'volume')}, ${count(serving.records)} records, ${serving.queued} waiting for a decision`
      : 'not being served now'
    lines.push(`moderating ${name}: ${facts}`)
  }
  return lines.map(clean).join('\n')
}

/** Bytes of all files below a folder; files that come and go meanwhile do not matter. */
async function diskUse(folder: string): Promise<number> {
  try {
    const entries = await readdir(folder, { withFileTypes: true })
    const sizes = await Promise.all(
      entries.map((entry) => {
        const path = join(folder, entry.name)
        if (entry.isDirectory()) return diskUse(path)
        return stat(path).then(
          ({ size }) => size,
          () => 0
        )
      })
    )
    return sizes.reduce((sum, size) => sum + size, 0)
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error))) return 0
    throw error
  }
}
