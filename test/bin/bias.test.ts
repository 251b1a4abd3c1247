import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'brittle'
import { random } from '../../lib/bias/interval.js'
import type { Comparison } from '../../lib/bias/compare.js'
import type { BiasReport } from '../../lib/bias/report.js'
import { Cli } from '../helpers/cli.js'
import { serve, deaf, vllm } from '../bias/bench/toy-server.js'
import { needsShared, sharedPath } from '../helpers/shared.js'

const STEREOSET = 'data/bias/stereoset/dev.json'
const PREDICTIONS = 'data/bias/stereoset/predictions_gpt2_ModelNSP_GPT2LM.json'
const PUBLISHED = 'data/bias/stereoset/published_gpt2.json'
const CROWS = 'data/bias/crows/crows_pairs_anonymized.csv'

/** A file of records about doctors who are women with a probability. */
function corpus(folder: string, name: string, women: number): string {
  const next = random(9)
  const lines = Array.from({ length: 200 }, (_, n) =>
    JSON.stringify({
      kind: 'text',
      text: `The doctor said that ${next() < women ? 'she' : 'he'} was kind.`,
      model: `m${n % 2}`
    })
  )
  const path = join(folder, name)
  writeFileSync(path, lines.join('\n') + '\nnot json\n')
  return path
}

test('vdata bias: a table, JSON, Markdown and a page', { timeout: 600_000 }, async (t) => {
  const cli = await Cli.create(t)
  const folder = await t.tmp()
  const file = corpus(folder, 'data.jsonl', 0.9)
  const files = [
    '--html',
    join(folder, 'a.html'),
    '--markdown',
    join(folder, 'a.md'),
    '--output',
    join(folder, 'a.json')
  ]
  const { code, stdout, stderr } = await cli.run(['bias', file, '--by', 'model', ...files])
  t.is(code, 0, stderr)
  t.ok(/gender: representation +0\.\d{3} +0\.\d{3} to 0\.\d{3}/.test(stdout), stdout)
  t.ok(/1 line left out; line 201: not JSON/.test(stderr), stderr)
  const written = JSON.parse(readFileSync(join(folder, 'a.json'), 'utf8')) as BiasReport
  t.is(written.texts, 200)
  t.alike(Object.keys(written.facets.model!).sort(), ['m0', 'm1'])
  t.ok(readFileSync(join(folder, 'a.html'), 'utf8').includes('<svg'))
  t.ok(readFileSync(join(folder, 'a.md'), 'utf8').startsWith('# Bias of '))
  const json = await cli.run(['bias', file, '--by', 'model', '--json'])
  t.alike(JSON.parse(json.stdout.trimEnd().split('\n').at(-1)!) as object, written as object)
  const piped = await cli.run(['bias', '-', '--as', 'text', '--min-texts', '1'], {
    stdin: 'She is a nurse.\n\nHe left.\n'
  })
  t.is(piped.code, 0, piped.stderr)
  t.ok(piped.stdout.startsWith('2 texts'))
})

test('vdata bias --compare: files, reports and pairs', { timeout: 600_000 }, async (t) => {
  const cli = await Cli.create(t)
  const folder = await t.tmp()
  const [before, after] = [corpus(folder, 'a.jsonl', 0.9), corpus(folder, 'b.jsonl', 0.5)]
  const report = join(folder, 'a.json')
  await cli.run(['bias', before, '--output', report])
  const compare = async (...args: string[]): Promise<Comparison> => {
    const { stdout } = await cli.run(['bias', '--compare', '--json', ...args])
    return JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as Comparison
  }
  const [files, mixed, pairs] = [
    await compare(before, after),
    await compare(report, after),
    await compare(before, after, '--paired')
  ]
  t.alike(mixed as object, files as object)
  t.is(files.test, 'unpaired')
  t.is(pairs.test, 'paired')
  for (const { differences } of [files, pairs]) {
    t.ok(differences.find(({ id }) => id === 'gender.representation')!.more_than_noise)
  }
  const { code, stdout } = await cli.run(['bias', '--compare', before, after])
  t.is(code, 0)
  t.ok(/gender: representation fell, .*more than noise\./.test(stdout), stdout)
})

test('vdata bias: what it can not measure it says in a sentence', { timeout: 600_000 }, async (t) => {
  const cli = await Cli.create(t)
  const folder = await t.tmp()
  const file = corpus(folder, 'a.jsonl', 0.5)
  writeFileSync(join(folder, 'lexicon.json'), '{"format":"vdata/lexicon"}')
  writeFileSync(join(folder, 'empty.jsonl'), '')
  for (const [args, code, why] of [
    [['--compare', file], 2, /two files/],
    [[file, '--lexicon', join(folder, 'lexicon.json')], 2, /not a lexicon: version/],
    [[file, '--lexicon', join(folder, 'none.json')], 2, /could not be read/],
    [[file, '--by', 'colour'], 2, /facets are/],
    [[join(folder, 'empty.jsonl')], 1, /no records/],
    [['vdata://x'], 2, /not a dataset's link/],
    [['--compare', '--paired', file, join(folder, 'empty.jsonl')], 1, /no records/]
  ] as const) {
    const result = await cli.run(['bias', ...args])
    t.is(result.code, code, result.stderr)
    t.ok(why.test(result.stderr), result.stderr)
  }
})

test(
  'vdata bench score: the published figures at full precision',
  needsShared(STEREOSET, PREDICTIONS, PUBLISHED),
  async (t) => {
    const cli = await Cli.create(t)
    const [predictions, stereoset] = [sharedPath(PREDICTIONS), sharedPath(STEREOSET)]
    const { code, stdout } = await cli.run(['bench', 'score', predictions, '--stereoset', stereoset, '--json'])
    t.is(code, 0)
    const result = JSON.parse(stdout) as {
      stereoset: { scores: { intrasentence: { overall: { icat: { value: number } } } } }
    }
    const published = JSON.parse(readFileSync(sharedPath(PUBLISHED), 'utf8')) as {
      intrasentence: { overall: { 'ICAT Score': number } }
    }
    const difference =
      result.stereoset.scores.intrasentence.overall.icat.value - published.intrasentence.overall['ICAT Score']
    t.ok(Math.abs(difference) < 1e-9)
    const table = await cli.run(['bench', 'score', predictions, '--stereoset', stereoset])
    t.ok(
      /intrasentence +overall +91\.11 \[.*\] +61\.93 \[.*\] +69\.37 \[.*\] +2106 +79/.test(table.stdout),
      table.stdout
    )
  }
)

test('vdata bench: a model server, a result, a comparison', { ...needsShared(CROWS), timeout: 600_000 }, async (t) => {
  const cli = await Cli.create(t)
  const folder = await t.tmp()
  const crows = join(folder, 'few.csv')
  writeFileSync(crows, readFileSync(sharedPath(CROWS), 'utf8').split('\n').slice(0, 30).join('\n'))
  const good = await serve(t, vllm)
  const result = join(folder, 'result.json')
  const options = ['--model', 'toy', '--crows', crows]
  const run = await cli.run(['bench', '--base-url', good.url, ...options, '--output', result])
  t.is(run.code, 0, run.stderr)
  t.ok(/compares? with no others/.test(run.stderr))
  t.ok(/overall +\d+\.\d\d \[/.test(run.stdout), run.stdout)
  const compare = await cli.run(['bench', 'compare', result, result, '--markdown', join(folder, 'c.md')])
  t.is(compare.code, 0, compare.stderr)
  t.ok(compare.stdout.includes('no more than noise'))
  t.ok(readFileSync(join(folder, 'c.md'), 'utf8').includes('| figure |'))

  const bad = await serve(t, deaf)
  const refused = await cli.run(['bench', '--base-url', bad.url, ...options, '--output', join(folder, 'none.json')])
  t.is(refused.code, 8)
  t.is(refused.stdout, '')
  t.ok(/does not score the text .* pure chance/.test(refused.stderr.replace(/\s+/g, ' ')), refused.stderr)
  t.ok((await cli.run(['bench', 'compare', result, join(folder, 'none.json')])).code === 2, 'nothing was written')
})

test('vdata bench: the recipe, and what is missing', { timeout: 600_000 }, async (t) => {
  const cli = await Cli.create(t)
  const { code, stdout } = await cli.run(['bench', '--recipe'])
  t.is(code, 0)
  for (const part of ['curl -fLo dev.json', '--decontaminate', 'trl sft', 'bench compare before.json after.json'])
    t.ok(stdout.includes(part), part)
  for (const [args, status, why] of [
    [[], 2, /--stereoset/],
    [['--stereoset', 'x.json'], 2, /--model/],
    [['--stereoset', 'x.json', '--model', 'm'], 2, /curl -fLo dev\.json/],
    [['--crows', 'x.csv', '--model', 'm'], 2, /curl -fLo crows/]
  ] as const) {
    const result = await cli.run(['bench', ...args])
    t.is(result.code, status, result.stderr)
    t.ok(why.test(result.stderr), result.stderr)
  }
})
