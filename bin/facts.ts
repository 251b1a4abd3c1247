import type { BiasSummary } from '../lib/bias/summary.js'
import type { ReleaseEntry } from '../lib/dataset/entries.js'
import type { Facts } from '../lib/dataset/facts.js'
import { biasRows } from './dataset-bias.js'
import { bytes, count, plural } from './format.js'
import { table } from './table.js'
import { cleanLines } from './text.js'

/** Values of a facet that are listed for people; --json has all that the index has. */
const VALUES = 8

/** Who has the dataset. */
export interface Alive {
  peers: number
  fresh: boolean
}

/** What `info` says of a state, beside its facts. */
export interface About extends Facts {
  release?: { name: string; entry: ReleaseEntry } | null
  releases?: string[]
  bias?: BiasSummary | null
}

/** A dataset's facts as a table. */
export function describeFacts(facts: About, alive?: Alive): string {
  const { dataset, release, releases = [], dropped, purged_since: purged } = facts
  const rows = [
    ['dataset', dataset.title ? `${dataset.name}: ${dataset.title}` : dataset.name],
    ['link', facts.link + (release ? `/${release.name}` : '')],
    ...(release ? [['release', `${release.name}, named ${release.entry.at}${noted(release.entry.notes)}`]] : []),
    ['records', count(facts.records)],
    ...(dropped > 0
      ? [
          [
            'dropped',
            `${plural(dropped, 'record')}${purged > 0 ? `, ${count(purged)} of them purged after the release` : ''}`
          ]
        ]
      : []),
    ['size', `${bytes(facts.raw_bytes)} of text, ${bytes(facts.bytes)} on the wire`],
    ['volumes', `${count(facts.volumes)} by ${plural(facts.contributors, 'contributor')}`],
    ['verdicts', `${facts.verdicts.accepted} accepted, ${facts.verdicts.rejected} rejected`],
    ['licences', listed(facts.licenses)],
    ...Object.entries(facts.facets)
      .filter(([facet, { values }]) => facet !== 'license' && Object.keys(values).length > 0)
      .map(([facet, { values, other }]) => [facet, listed(values, other)]),
    ...(Object.keys(facts.check).length > 0 ? [['checks', `${listed(facts.check)} when they were accepted`]] : []),
    ...biasRows(facts.bias ?? null),
    ...(releases.length > 0 ? [['releases', releases.join(', ')]] : []),
    ['moderators', dataset.moderators.map(({ name }) => name || 'unnamed').join(', ')],
    ...(alive
      ? [['peers', alive.fresh ? `${alive.peers} connected now` : 'nobody now: this is the copy on this computer']]
      : [])
  ]
  return (dataset.description ? `${cleanLines(dataset.description)}\n\n` : '') + table(rows)
}

function noted(notes: string): string {
  return notes === '' ? '' : `: ${notes}`
}

function listed(values: { [value: string]: number }, other = 0): string {
  const all = Object.entries(values).sort(([, a], [, b]) => b - a)
  const rest = all.slice(VALUES).reduce((sum, [, records]) => sum + records, other)
  const shown = all.slice(0, VALUES).map(([value, records]) => `${value} (${count(records)})`)
  return [...shown, ...(rest > 0 ? [`others (${count(rest)})`] : [])].join(', ') || '-'
}
