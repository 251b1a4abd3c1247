import { biasLines } from '../lib/bias/render/summary.js'
import type { Estimate, GenerateResult, Snapshot } from '../lib/generate/index.js'
import type { Context } from './context.js'
import { count, duration, percent, plural } from './format.js'

/** Dollars as people read them; what is not known is not 0. */
export function dollars(value: number | null | undefined): string {
  if (value === null || value === undefined) return 'unknown'
  if (value === 0) return '$0'
  if (value < 0.01) return `$${value.toPrecision(2)}`
  return `$${value.toFixed(value < 100 ? 2 : 0)}`
}

/** The panel that is redrawn while a run goes on. */
export function panelLines(snapshot: Snapshot, { color }: Context): string[] {
  const { done, items, cached, in_flight, concurrency, failed, waiting } = snapshot
  const width = 28
  const filled = Math.min(width, Math.floor((width * done) / Math.max(1, items)))
  const bar = color.green('━'.repeat(filled)) + color.dim('━'.repeat(width - filled))
  const left = snapshot.seconds_left === null ? 'unknown' : duration(snapshot.seconds_left * 1000)
  const dropped = Object.entries(snapshot.dropped).map(([reason, number]) => `${number} ${reason}`)
  const limit = (value: number | undefined) => (value === undefined ? '' : ` of ${count(value)}`)
  return [
    `${bar} ${count(done)} of ${count(items)} (${percent(done, items)}), ${left} left`,
    `${plural(in_flight, 'request')} in flight (at most ${concurrency}), ${count(cached)} cached, ${count(failed)} failed`,
    `requests a minute ${count(snapshot.requests_per_minute)}${limit(snapshot.limit_requests)}, ` +
      `tokens a minute ${count(snapshot.tokens_per_minute)}${limit(snapshot.limit_tokens)}`,
    `cost ${dollars(snapshot.spent)}, expected ${dollars(snapshot.expected)}, ${dollars(snapshot.per_minute)} a minute`,
    `dropped: ${dropped.length === 0 ? 'none' : dropped.join(', ')}`,
    ...(snapshot.bias ? [`bias: ${biasLines(snapshot.bias, 1)[0]}`] : []),
    ...(waiting > 0 ? [color.yellow(`the provider asked to wait: ${duration(waiting * 1000)}`)] : [])
  ]
}

/** The line that stands for the panel where nothing can be redrawn. */
export function progressLine(snapshot: Snapshot): string {
  const { done, items, in_flight, spent } = snapshot
  return `${count(done)} of ${count(items)}, ${in_flight} in flight, cost ${dollars(spent)}`
}

/** What a run is going to take. */
export function estimateLines(estimate: Estimate): string[] {
  const { cost, batch_cost: batch, price, energy } = estimate
  const range = ({ low, high }: { low: number; high: number }) => `${count(low)} to ${count(high)}`
  const money = (value: { low: number; high: number } | null) =>
    value === null ? 'unknown' : `${dollars(value.low)} to ${dollars(value.high)}`
  const rough = estimate.exact_tokens ? '' : ' (a rough count)'
  return [
    `requests   ${count(estimate.requests)}${estimate.cached > 0 ? `, and ${count(estimate.cached)} prompts answered already` : ''}`,
    `tokens     in ${range(estimate.input_tokens)}${rough}, out ${range(estimate.output_tokens)}`,
    `cost       ${money(cost)}${batch === null ? '' : `, as a batch ${money(batch)}`}`,
    price === undefined
      ? 'prices     unknown; give them with --price-in and --price-out'
      : `prices     $${price.input} in, $${price.output} out for a million tokens (${price.source}, ${price.as_of})`,
    energy === undefined
      ? 'energy     unknown'
      : `energy     about ${energy.wattHours.toPrecision(2)} Wh, carbon ${energy.grams === null ? 'unknown' : `${energy.grams.toPrecision(2)} g CO2e`} (${energy.source})`
  ]
}

/** What a run came to. */
export function summaryLines(result: GenerateResult, { color }: Context): string[] {
  const { records, files, dropped, flagged, balance, counters } = result
  const lines = [`${color.bold(plural(records, 'record'))} in ${files.output}`]
  const counts = (of: { [name: string]: number | undefined }) =>
    Object.entries(of)
      .map(([name, number]) => `${name} ${count(number ?? 0)}`)
      .join(', ')
  if (Object.keys(balance).length > 0) lines.push(`balance    ${counts(balance)}`)
  const lost = Object.keys(dropped).length > 0
  lines.push(`dropped    ${lost ? `${counts(dropped)} (${files.dropped})` : 'none'}`)
  if (Object.keys(flagged).length > 0)
    lines.push(`flagged    ${counts(flagged)}: what looks like personal data, named in extra.pii`)
  if (result.bias)
    lines.push(...biasLines(result.bias).map((line, n) => `${n === 0 ? 'bias      ' : '          '} ${line}`))
  if (counters.sent > 0 || result.cached < result.items) {
    lines.push(
      `requests   ${count(counters.sent)} sent, ${count(counters.answered)} answered, ${count(result.cached)} prompts from the journal`
    )
    const possible =
      result.possible > 0 ? `, of which ${dollars(result.possible)} may have been billed without an answer` : ''
    const unpriced = result.unpriced > 0 ? ` (usage of ${plural(result.unpriced, 'answer')} unknown)` : ''
    lines.push(`cost       ${dollars(result.spent)}${possible}${unpriced}`)
  }
  lines.push(`card       ${files.card}`)
  return lines
}
