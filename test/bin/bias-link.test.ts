import test from 'brittle'
import type { Comparison } from '../../lib/bias/compare.js'
import type { BiasReport } from '../../lib/bias/report.js'
import type { Running } from '../helpers/cli.js'
import { Net, type Party } from '../helpers/net.js'

/** Records about doctors and nurses; `women` says of how many of ten doctors she is one. */
function lines(count: number, women: number, topic: string): string {
  const line = (n: number): string => {
    const she = n % 10 < women
    const text = `Doctor ${topic} ${n}: the doctor said that ${she ? 'she' : 'he'} was ${n % 3 === 0 ? 'tired' : 'glad'}.`
    return JSON.stringify({ kind: 'text', text, topic, license: 'CC0-1.0' })
  }
  return Array.from({ length: count }, (_, n) => line(n) + '\n').join('')
}

/** Gives a file and has it accepted. */
async function give(from: Party, desk: Running, moderator: Party, name: string, text: string, link: string) {
  const share = await from.share(name, text, link)
  const { volume } = await share.event('offered')
  await desk.event('queued', (event) => event.volume === volume)
  await moderator.result('index', 'accept', String(volume))
  await share.exited
  return String(volume)
}

test(
  'a dataset and its releases are measured from the network, without what was dropped',
  { timeout: 600_000 },
  async (t) => {
    const net = await Net.start(t)
    const { moderator, link } = await net.dataset('doctors', '--license', 'CC0-1.0')
    const [alice, bob, reader] = await Promise.all([net.party(), net.party(), net.party()])
    const desk = await moderator.serve('index', 'serve', '--auto', 'review')
    for (const [party, women, topic] of [
      [alice, 1, 'law'],
      [bob, 9, 'art']
    ] as const) {
      const volume = await give(party, desk, moderator, topic, lines(100, women, topic), link)
      if (topic === 'law') {
        await moderator.result('index', 'release', 'v1')
        await moderator.result('index', 'drop', volume, '--records', '0-49', '--reason', 'quality')
      }
    }
    const measure = async (...args: string[]) => (await reader.result('bias', ...args)) as unknown as BiasReport
    const whole = await measure(link, '--by', 'contributor', 'topic')
    t.is(whole.texts, 150, 'fifty were dropped')
    t.alike(
      Object.values(whole.facets.contributor!)
        .map(({ texts }) => texts)
        .sort(),
      [100, 50]
    )
    t.ok(Object.keys(whole.facets.contributor!).every((name) => /^(law|art) \([a-z0-9]{8}…\)$/.test(name)))

    await reader.result('pull', reader.path('all.jsonl'), '--from', link)
    t.alike({ ...(await measure(reader.path('all.jsonl'), '--by', 'topic')), facets: {} }, { ...whole, facets: {} })

    const release = await measure(`${link}/v1`)
    t.is(release.texts, 100, 'a release stays what it was')
    const part = await measure(link, '--where', 'topic=art', '--offline')
    t.is(part.texts, 100)
    t.ok(part.axes['gender']!.groups['female']!.share.value! > 0.8)
    t.is((await reader.run(['bias', link, '--where', 'topic=none', '--offline'])).code, 1)

    const compared = (await reader.result('bias', '--compare', `${link}/v1`, link)) as unknown as Comparison
    t.ok(compared.differences.find(({ id }) => id === 'gender.share.female')!.more_than_noise)
  }
)
