import { join } from 'node:path'
import { driftBetween } from '../lib/bias/summary.js'
import { datasetFolder } from '../lib/dataset/premises.js'
import { writeWhole } from '../lib/files.js'
import { driftLines } from './bias-drift.js'
import type { Context } from './context.js'
import { bytes, count, plural } from './format.js'
import { tellDry, type ReleaseOptions } from './index-curate.js'
import { openDesk, type DeskOptions } from './index-desk.js'
import { table } from './table.js'

export async function release(context: Context, name: string, options: ReleaseOptions): Promise<void> {
  const { dryRun = false, notes } = options
  const { named, link, dataset, papers, before } = await openDesk(context, options, async (desk) => {
    const { link, dataset } = await desk.status()
    const before = (await desk.releases()).toSorted((a, b) => a.entry.length - b.entry.length).at(-1)
    const named = await desk.release(name, notes, dryRun)
    return {
      named,
      link: `${link}/${name}`,
      dataset: dataset.name,
      papers: dryRun ? null : await desk.papers(name),
      before
    }
  })
  const beside = join(datasetFolder(context.home, dataset), `${dataset}-${name}`)
  const files = {
    card: options.card ?? `${beside}.card.md`,
    croissant: options.croissant ?? `${beside}.croissant.json`
  }
  if (papers) {
    await writeWhole(files.card, papers.card)
    await writeWhole(files.croissant, papers.croissant)
  }
  const { records, volumes, contributors, licenses, jsonl } = named.entry
  const drift = before ? driftBetween(before.entry.bias, named.entry.bias) : null
  const since = drift && before && { since: before.name, ...drift }
  context.result({ event: 'released', dryRun, link, files: papers && files, ...named, bias_drift: since }, link)
  context.say(
    `${count(records)} records in ${plural(volumes, 'volume')} by ${plural(contributors, 'contributor')}, ` +
      `${Object.keys(licenses).join(', ') || 'no licence'}: this link gives exactly them from now on.`
  )
  if (jsonl) context.say(`As JSON Lines ${bytes(jsonl.bytes)} with the SHA-256 ${jsonl.sha256}.`)
  for (const line of since ? driftLines(since, `Bias since ${since.since}`) : []) context.say(line)
  if (papers) context.say(`Card: ${files.card}\nCroissant: ${files.croissant}`)
  tellDry(context, dryRun)
}

export async function releases(context: Context, options: DeskOptions): Promise<void> {
  const named = await openDesk(context, options, (desk) => desk.releases())
  const rows = named.map(({ name, entry }) => [name, count(entry.records), count(entry.volumes), entry.at, entry.notes])
  const head = ['release', 'records', 'volumes', 'named', 'notes']
  context.result(named, rows.length > 0 ? table(rows, { head, right: [1, 2] }) : 'Nothing was released yet.')
}
