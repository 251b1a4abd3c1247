// Records that share text with a benchmark are left out.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'brittle'
import { benchRecipe } from '../../lib/bias/bench/recipe.js'
import type { TrainingRecord } from '../../lib/record/types.js'
import { Cli } from '../helpers/cli.js'
import { texts } from '../volume/helpers/data.js'
import { cachedDataset } from './helpers/dataset.js'

const LONG = 'the old clock on the wall of the small station had stopped many years before anybody came'
const dirty = (text: string): TrainingRecord => ({ kind: 'text', text })
const DIRTY = [
  dirty('My schoolteacher was a very strict man. Really.'),
  dirty(`They said that ${LONG.toUpperCase()} back.`),
  { kind: 'instruction', prompt: 'Say it.', response: 'The Café owner spoke to no one.' } as TrainingRecord
]
// Four words are no sentence, eleven in a row no accident, and a system prompt is no text of the record.
const CLEAN = [
  dirty('He is tall.'),
  dirty(`${LONG.split(' ').slice(0, 11).join(' ')} nothing else`),
  {
    kind: 'instruction',
    system: 'The cafe owner spoke to no one.',
    prompt: 'Why?',
    response: 'Because.'
  } as TrainingRecord
]

async function setUp(t: Parameters<typeof Cli.create>[0]) {
  const cli = await Cli.create(t)
  const { link } = await cachedDataset(cli.home, [[[...texts(20), ...DIRTY]], [[...CLEAN]]])
  const sentences = ['My schoolteacher was a very strict man.', 'He is tall.', `${LONG}.`]
  await writeFile(join(cli.home, 'dev.json'), JSON.stringify({ data: [{ context: sentences }] }))
  await writeFile(join(cli.home, 'crows_pairs_anonymized.csv'), 'id,sent_more\n0,The cafe owner spoke to no one.\n')
  const read = async (name: string) => (await readFile(join(cli.home, name), 'utf8')).split('\n').filter(Boolean)
  return { cli, link, read }
}

const BOTH = ['--decontaminate', 'dev.json', '--decontaminate', 'crows_pairs_anonymized.csv']

test(
  'pull --decontaminate leaves out what shares 12 words or a sentence with a benchmark, in every form',
  { timeout: 600_000 },
  async (t) => {
    const { cli, link, read } = await setUp(t)
    const pull = async (output: string, ...more: string[]) => {
      const { code, stderr } = await cli.run(['pull', output, '--from', link, '--offline', ...more])
      t.is(code, 0, stderr)
      return stderr
    }
    const wanted = [...texts(20), ...CLEAN].map((record) => JSON.stringify(record))
    t.ok(/3 .*it shares text with a benchmark/.test(await pull('clean.jsonl', ...BOTH)))
    t.alike(await read('clean.jsonl'), wanted)
    await pull('all.jsonl')
    t.is((await read('all.jsonl')).length, 26)
    await pull('half.jsonl', ...BOTH.slice(0, 2))
    t.is((await read('half.jsonl')).length, 24, 'only the benchmarks that are named')
    await pull('clean.csv', '-c', ...BOTH)
    t.is((await read('clean.csv')).length, 24, 'a head and 23 rows')
    await pull('sql.jsonl', '--sql', "SELECT * FROM records WHERE kind = 'text'", ...BOTH)
    t.is((await read('sql.jsonl')).length, 22)
    await pull('few.jsonl', '--limit', '22', ...BOTH)
    t.alike(await read('few.jsonl'), wanted.slice(0, 22), 'a limit counts what is left')
  }
)

test('it is made again only with the same benchmarks', { timeout: 600_000 }, async (t) => {
  const { cli, link, read } = await setUp(t)
  await cli.run(['pull', 'a.jsonl', '--from', link, '--offline', ...BOTH])
  const first = await read('a.jsonl')
  await rm(join(cli.home, 'a.jsonl'))
  const locked = (...more: string[]) => cli.run(['pull', '--locked', 'a.jsonl', '--offline', ...more])
  const without = await locked()
  t.is(without.code, 5)
  t.ok(without.stderr.includes('--decontaminate dev.json --decontaminate crows_pairs_anonymized.csv'), without.stderr)
  t.is((await locked(...BOTH)).code, 0)
  t.alike(await read('a.jsonl'), first)
  await writeFile(join(cli.home, 'dev.json'), JSON.stringify(['Now it is another sentence altogether.']))
  t.is((await locked(...BOTH)).code, 5)
  const missing = await cli.run(['pull', 'b.jsonl', '--from', link, '--offline', '--decontaminate', 'none.json'])
  t.is(missing.code, 2)
  t.ok(missing.stderr.includes("none.json can't be read"), missing.stderr)
})

test(
  'the commands of vdata bench --recipe are understood, and name the files that they write',
  { timeout: 600_000 },
  async (t) => {
    const { cli, link, read } = await setUp(t)
    await mkdir(join(cli.home, 'data'))
    const commands = benchRecipe(link).flatMap((step) => step.commands)
    const ours = commands.filter((command) => command.startsWith('vdata pull') || command.startsWith('vdata bias'))
    t.is(ours.length, 3)
    for (const command of ours) {
      const { code, stderr } = await cli.run([...command.split(' ').slice(1), '--offline'])
      t.is(code, 0, `${command}: ${stderr}`)
    }
    const [train, rest] = [await read('data/all.train.jsonl'), await read('data/all.test.jsonl')]
    t.ok(
      train.every((line) => line.startsWith('{"messages":')),
      train[0]
    )
    t.ok((await read('all.train.txt')).length > 0 && train.length > rest.length)
    t.ok((await read('bias.html')).length > 0)
  }
)
