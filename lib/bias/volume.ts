import { createHash } from 'node:crypto'
import { z } from 'zod'
import { englishLexicon, type Lexicon } from './lexicon.js'
import { BiasMeter } from './meter.js'
import type { BiasReport } from './report.js'
import { summarize, type BiasSummary } from './summary.js'

/** What an index keeps of the texts of a volume, in the field `bias` of its entry. */
const volumeBias = z.object({
  version: z.literal(1),
  /** Only sums of the same lexicon add up. */
  lexicon: z.string().max(64),
  texts: z.number().int().nonnegative(),
  tally: z.string().max(8 * 1024 * 1024)
})
export type VolumeBias = z.infer<typeof volumeBias>

/** The sums of a meter, for an index. */
export function volumeBiasOf(meter: BiasMeter): VolumeBias {
  return {
    version: 1,
    lexicon: lexiconDigest(meter.compiled.lexicon),
    texts: meter.texts,
    tally: meter.encode()
  }
}

/** A volume of an index, as far as it matters here. */
export interface ListedBias {
  id: string
  entry: { bias: unknown }
}

/**
 * The bias of a dataset, added up from its volumes. Those that were not measured, or with another lexicon, or whose entry
 * can't be read, are left out. Records that were dropped after their volume was measured count still.
 */
export class DatasetMeter {
  private readonly meter: BiasMeter
  private readonly seen = new Set<string>()
  /** How many volumes the figures are of. */
  volumes = 0

  constructor(lexicon: Lexicon = englishLexicon()) {
    this.meter = new BiasMeter(lexicon)
  }

  /** Adds those volumes that it has not seen yet. */
  add(listed: readonly ListedBias[]): this {
    for (const { id, entry } of listed) {
      if (this.seen.has(id)) continue
      this.seen.add(id)
      if (addVolume(this.meter, entry.bias)) this.volumes++
    }
    return this
  }

  /** Null where no volume was measured. */
  summary(): BiasSummary | null {
    return this.volumes === 0 ? null : summarizeTallied(this.meter.report())
  }

  /** What the figures would be with a volume more. */
  summaryWith(volume: VolumeBias): BiasSummary {
    const all = new BiasMeter(this.meter.compiled.lexicon)
    all.merge(this.meter)
    addVolume(all, volume)
    return summarizeTallied(all.report())
  }
}

/** A summary of sums that know nothing of co-occurrence. */
function summarizeTallied(report: BiasReport): BiasSummary {
  const { figures, ...rest } = summarize(report)
  const known = Object.entries(figures).filter(([id]) => !id.includes('.cooccurrence.'))
  return { ...rest, figures: Object.fromEntries(known) }
}

const digests = new WeakMap<Lexicon, string>()

/** What names a lexicon: SHA-256 of its JSON, shortened. */
export function lexiconDigest(lexicon: Lexicon): string {
  let digest = digests.get(lexicon)
  if (digest === undefined) {
    digest = createHash('sha256').update(JSON.stringify(lexicon)).digest('hex').slice(0, 32)
    digests.set(lexicon, digest)
  }
  return digest
}

/** Says whether it could be added. */
function addVolume(meter: BiasMeter, bias: unknown): boolean {
  const parsed = volumeBias.safeParse(bias)
  if (!parsed.success || parsed.data.lexicon !== lexiconDigest(meter.compiled.lexicon)) return false
  try {
    meter.addEncoded(parsed.data.tally)
    return true
  } catch {
    return false
  }
}
