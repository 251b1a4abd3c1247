import { readFile, writeFile } from 'node:fs/promises'
import test from 'brittle'
import type { Comparison } from '../../lib/bias/compare.js'
import { random } from '../../lib/bias/interval.js'
import type { BiasReport } from '../../lib/bias/report.js'
import type { BiasSummary } from '../../lib/bias/summary.js'
import { bareFigures } from '../bias/bare.js'
import { Net } from '../helpers/net.js'

const FIGURE = 'gender.association.profession'

/** Records about doctors and nurses, of whom a share are women. */
function lines(count: number, women: number, seed: number): string {
  const next = random(seed)
  return Array.from({ length: count }, (_, n) => {
    const she = next() < women
    const [job, work] = next() < 0.5 ? ['doctor', 'the patients of ward'] : ['nurse', 'the night shift on floor']
    const text = `The ${job} in town number ${seed * 1000 + n} said that ${she ? 'she' : 'he'} liked ${work} ${Math.floor(next() * 1e6)}.`
    return JSON.stringify({ kind: 'text', text, license: 'CC0-1.0' }) + '\n'
  }).join('')
}

test(
  'a volume that raises bias waits for a person; releases, info, cards and diffs say how much',
  { timeout: 600_000 },
  async (t) => {
    const net = await Net.start(t)
    const author = await net.party()
    const rules = author.path('rules.json')
    // Sentences from a template are near-duplicates: not what is asked for here.
    const off = { off: true }
    const checks = { duplicates: off, dataset_duplicates: off, quality: off, repetition: off }
    await writeFile(rules, JSON.stringify({ bias: { min_texts: 100, moved: 0.05 }, checks }))
    const { moderator, link } = await net.dataset('doctors', '--license', 'CC0-1.0', '--rules', rules)
    const desk = await moderator.serve('index', 'serve', '--auto', 'accept')
    const give = async (name: string, text: string) => {
      const share = await (await net.party()).share(name, text, link)
      const { bias } = await share.event('checked')
      const { volume } = await share.event('offered')
      return { bias: bias as BiasSummary, share, volume: String(volume) }
    }
    const accepted = async (name: string, text: string) => {
      const { share, volume } = await give(name, text)
      await desk.event('decided', (event) => event.volume === volume && event['status'] === 'accepted')
      await share.exited
    }
    await accepted('fair', lines(300, 0.5, 1))
    await accepted('also fair', lines(300, 0.5, 2))
    await moderator.result('index', 'release', 'v1')

    const { share, volume, bias: own } = await give('unfair', lines(500, 0.95, 3))
    const queued = await desk.event('queued', (event) => event.volume === volume)
    const objections = queued['objections'] as { code: string; count: number; note: string }[]
    t.ok(objections.length > 0 && objections.every(({ code }) => code === 'bias'), JSON.stringify(objections))
    const note = objections.find(({ note: text }) => text.includes('association with profession'))?.note ?? ''
    const figure = String.raw`0\.\d{3} \(0\.\d{3} to 0\.\d{3}, [\d,]+ texts\)`
    t.ok(new RegExp(`would rise from ${figure} to ${figure}, by more than 0.05$`).test(note), note)
    const shown = (await moderator.result('index', 'show', volume)) as unknown as { bias: BiasSummary }
    t.ok(shown.bias.figures[FIGURE]!.low! > 0.3, 'the report says what the volume itself is like')
    t.alike(own, shown.bias, 'and so did the report of whoever shared it')

    await moderator.result('index', 'accept', volume)
    await share.exited
    const released = (await moderator.result('index', 'release', 'v2')) as unknown as {
      bias_drift: Comparison & { since: string }
      entry: { bias: BiasSummary }
      files: { card: string; croissant: string }
    }
    t.is(released.bias_drift.since, 'v1')
    const risen = released.bias_drift.differences.find(({ id }) => id === FIGURE)!
    t.ok(risen.more_than_noise && risen.difference > 0.05, risen.sentence)
    const label = 'gender: association with profession'
    const card = await readFile(released.files.card, 'utf8')
    t.ok(card.includes(`| ${label} | 0.`))
    t.alike(bareFigures(card.slice(card.indexOf('Bias'))), [])
    const croissant = JSON.parse(await readFile(released.files.croissant, 'utf8')) as { 'rai:dataBiases': string[] }
    t.ok(
      croissant['rai:dataBiases'].some((text) => text.startsWith(`${label}: 0.`)),
      croissant['rai:dataBiases'][0]
    )
    t.alike(bareFigures(croissant['rai:dataBiases'].join('\n')), [])

    const reader = await net.party()
    const info = async (of: string) => ((await reader.result('info', of)) as unknown as { bias: BiasSummary }).bias
    const [now, first] = [await info(link), await info(`${link}/v1`)]
    t.alike(now, released.entry.bias)
    t.ok(first.figures[FIGURE]!.high! < now.figures[FIGURE]!.low!)
    const diff = (await reader.result('diff', link, 'v1', 'v2')) as unknown as { bias: Comparison }
    t.alike(diff.bias.differences, released.bias_drift.differences)
    const measured = (await reader.result('bias', link)) as unknown as BiasReport
    const exact = measured.axes['gender']!.associations['profession']!.figure
    t.ok(Math.abs(exact.value! - now.figures[FIGURE]!.value!) < 1e-9, 'the sums of the index are those of the records')
  }
)
