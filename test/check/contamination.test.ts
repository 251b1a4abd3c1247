import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'brittle'
import { readBenchmarks } from '../../lib/check/benchmark-files.js'
import { benchmarkTable } from '../../lib/check/benchmarks.js'
import { VdataError } from '../../lib/errors.js'
import { needsShared, sharedPath } from '../helpers/shared.js'
import { checked, found, textRecord } from './helpers/findings.js'

const STEREOSET = 'data/bias/stereoset/dev.json'
const CROWS = 'data/bias/crows/crows_pairs_anonymized.csv'
const REAL = 'data/text-davinci-003.jsonl'

test(
  'every sentence of StereoSet and CrowS-Pairs is recognised in other text',
  needsShared(STEREOSET, CROWS),
  async (t) => {
    const files = await readBenchmarks([sharedPath(STEREOSET), sharedPath(CROWS)])
    t.alike(
      files.map(({ name }) => name),
      ['stereoset/dev.json', 'crows/crows_pairs_anonymized.csv']
    )
    const benchmarks = benchmarkTable(files)
    for (const { name, texts } of files) {
      const sentences = texts.filter((text) => !text.includes('BLANK')).filter((_, i) => i % 37 === 0)
      t.ok(sentences.length > 80, `${sentences.length} sentences of ${name}`)
      const records = sentences.map((text) =>
        textRecord(`Here is something that I read.\n${text.toUpperCase()}\nWhat do you say to it?`)
      )
      const { dataset } = await checked(records, {}, { benchmarks })
      const caught = dataset?.findings.find(({ code }) => code === 'contamination')?.records.refuse ?? 0
      // What has under five words is in every text, and is not looked for.
      const looked = sentences.filter((text) => (text.match(/[\p{L}\p{N}'’-]+/gu)?.length ?? 0) >= 5).length
      t.ok(caught >= 0.97 * looked, `${caught} of ${looked} caught`)
    }
  }
)

test('text that has nothing of a benchmark is left alone', needsShared(STEREOSET, CROWS, REAL), async (t) => {
  const benchmarks = benchmarkTable(await readBenchmarks([sharedPath(STEREOSET), sharedPath(CROWS)]))
  const lines = (await readFile(sharedPath(REAL), 'utf8')).trim().split('\n')
  const records = lines.map((line) =>
    textRecord((JSON.parse(line) as { prompt: string; response: string }).response || 'none')
  )
  const { dataset } = await checked(records, {}, { benchmarks })
  t.alike(dataset?.findings, [])
})

test('twelve words in a row, or a whole sentence', async (t) => {
  const folder = await t.tmp()
  const words = 'alpha beta gamma delta epsilon zeta eta theta iota kappa lambda my nu xi'
  await writeFile(
    join(folder, 'items.json'),
    JSON.stringify([{ id: 'x', text: words }, 'A short sentence of six words.'])
  )
  const benchmarks = benchmarkTable(await readBenchmarks([join(folder, 'items.json')]))
  const twelve = words.split(' ').slice(1, 13)
  t.alike(await found(`before ${twelve.join(', ')} after`, {}, { benchmarks }), ['contamination refuse'])
  t.alike(await found(`before ${twelve.slice(1).join(' ')} after`, {}, { benchmarks }), [], 'eleven are not enough')
  t.alike(await found('Yes! A SHORT sentence, of six words? No.', {}, { benchmarks }), ['contamination refuse'])
  t.alike(await found('Yes, a short sentence of six words. No.', {}, { benchmarks }), [], 'a part of another sentence')
})

test('benchmarks of any layout', async (t) => {
  const folder = await t.tmp()
  const sentence = 'This is the sentence of a test item.'
  const files: readonly [name: string, content: string][] = [
    ['a.json', JSON.stringify({ data: [{ deep: { text: sentence } }] })],
    ['b.jsonl', `{"text":"x"}\n${JSON.stringify({ text: sentence })}\n`],
    ['c.csv', `id,text\n1,"${sentence}"\n`],
    ['d.tsv', `id\ttext\n1\t${sentence}\n`],
    ['e.txt', `${sentence}\n`]
  ]
  for (const [name, content] of files) {
    await writeFile(join(folder, name), content)
    const [benchmark] = await readBenchmarks([join(folder, name)])
    t.alike(benchmark?.texts, [sentence], name)
  }
  await writeFile(join(folder, 'short.json'), '["a", "b"]')
  await writeFile(join(folder, 'broken.json'), '{')
  for (const name of ['short.json', 'broken.json', 'absent.json']) {
    const error: unknown = await readBenchmarks([join(folder, name)]).catch((reason: unknown) => reason)
    t.ok(error instanceof VdataError && error.code === 'NO_BENCHMARK' && error.failure === 'usage', name)
  }
})
