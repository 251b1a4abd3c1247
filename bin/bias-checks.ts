import { PassThrough } from 'node:stream'
import { driftsOf, type BiasRules } from '../lib/bias/drift.js'
import { measure, type MeasureItem } from '../lib/bias/measure.js'
import { volumeBiasOf, type DatasetMeter, type VolumeBias } from '../lib/bias/volume.js'
import type { Reason } from '../lib/dataset/entries.js'
import type { RecordChecks } from '../lib/dataset/queue.js'

export interface BiasOptions {
  rules: BiasRules
  /** The volumes of the dataset; a contributor does not compare with them. */
  dataset?: () => Promise<DatasetMeter>
}

/** Measures the bias of the records that other checks look at, and what they would make of the dataset's. */
export function withBias(checks: RecordChecks, { rules, dataset }: BiasOptions): RecordChecks {
  const items = new PassThrough({ objectMode: true, highWaterMark: 1 })
  const stopping = new AbortController()
  const measured = measure(items as AsyncIterable<MeasureItem[]>, { signal: stopping.signal })
  // Told where it is awaited, if it ever is.
  measured.catch(() => {})
  return {
    async add(records) {
      const taken = items.write(records.map((record) => ({ record })))
      // Listened to from now on: it may be over before the other checks are.
      const drained = taken ? undefined : new Promise((resolve) => items.once('drain', resolve))
      await checks.add(records)
      if (drained) await Promise.race([drained, measured])
    },
    async finish() {
      items.end()
      const [findings, meter] = [await checks.finish(), await measured]
      const bias = volumeBiasOf(meter)
      const drifts = dataset ? objectionsOf(await dataset(), bias, rules) : []
      return { ...findings, bias, objections: [...findings.objections, ...drifts] }
    },
    async close() {
      stopping.abort()
      items.destroy()
      await measured.catch(() => {})
      await checks.close()
    }
  }
}

function objectionsOf(dataset: DatasetMeter, own: VolumeBias, rules: BiasRules): Reason[] {
  if (rules.off) return []
  return driftsOf(dataset.summary(), dataset.summaryWith(own), rules).map(({ after, sentence }) => {
    return { code: 'bias', count: after.texts, note: sentence }
  })
}
