import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type Assert } from 'brittle'
import { random } from '../../lib/bias/interval.js'
import type { BiasReport } from '../../lib/bias/report.js'
import type { AugmentRecipeInput } from '../../lib/generate/index.js'
import { recordId } from '../../lib/record/id.js'
import type { TextRecord } from '../../lib/record/types.js'
import { Cli, parseLines } from '../helpers/cli.js'

const FIXTURE = new URL('../bias/fixtures/pronouns.tsv', import.meta.url)

async function setUp(t: Assert, recipe: object, lines: readonly unknown[]) {
  const cli = await Cli.create(t)
  await writeFile(join(cli.home, 'seeds.jsonl'), lines.map((line) => JSON.stringify(line)).join('\n') + '\n')
  await writeFile(join(cli.home, 'recipe.json'), JSON.stringify(recipe))
  const records = async (file = 'out.jsonl') =>
    (await readFile(join(cli.home, file), 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as TextRecord)
  return { cli, records }
}

const RECIPE: AugmentRecipeInput = { provider: 'augment', data: 'seeds.jsonl', license: 'CC0-1.0' }

test('200 sentences with her, him, his and hers through the command: nothing differs but the swapped words', async (t) => {
  const sentences = (await readFile(FIXTURE, 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t') as [string, string])
  const seeds = sentences.map(([text]) => ({ kind: 'text', text, topic: 'grammar', input_tokens: 3 }))
  const { cli, records } = await setUp(t, { ...RECIPE, originals: false }, seeds)
  const { code, stderr } = await cli.run(['gen', 'out.jsonl', 'recipe.json'])
  t.is(code, 0, stderr)
  const written = await records()
  const swapped = sentences.filter(([text, wanted]) => text !== wanted)
  t.ok(swapped.length >= 200)
  t.alike(
    written.map(({ text }) => text),
    swapped.map(([, wanted]) => wanted)
  )
  const [first] = written
  t.alike({ ...first, recipe: undefined }, {
    text: swapped[0]![1],
    kind: 'text',
    topic: 'grammar',
    provider: 'augment',
    license: 'CC0-1.0',
    tags: ['counterfactual'],
    recipe: undefined,
    extra: { counterfactual_of: recordId({ kind: 'text', text: swapped[0]![0] }) }
  } as object)
  t.ok(/^[0-9a-f]{64}$/.test(first!.recipe!))
})

test('a corpus in which 90 % of the doctors are "he" is balanced, and vdata bias shows it', async (t) => {
  const next = random(4)
  const seeds = Array.from({ length: 300 }, () => {
    const [occupation, men] = next() < 0.5 ? ['doctor', 0.9] : ['nurse', 0.2]
    const he = next() < men
    const text = `The ${occupation} said that ${he ? 'he' : 'she'} liked ${he ? 'his' : 'her'} work, and we thanked ${he ? 'him' : 'her'}.`
    return { kind: 'text', text }
  })
  const { cli, records } = await setUp(t, RECIPE, seeds)
  const { code, stdout, stderr } = await cli.run(['gen', 'out.jsonl', 'recipe.json'])
  t.alike([code, stdout], [0, ''])
  t.ok(
    /gender: association with profession 0\.\d{3} .* texts\), now 0\.000 \(0\.000 to 0\.\d{3}, 600 texts\)/.test(
      stderr
    ),
    stderr
  )
  const written = await records()
  t.is(written.length, 600)
  t.alike(
    written.filter((_, n) => n % 2 === 0).map(({ text }) => text),
    seeds.map(({ text }) => text),
    'each original before its counterfactual'
  )
  const association = async (file: string) => {
    const report = parseLines((await cli.run(['bias', file, '--json'])).stdout).at(-1) as unknown as BiasReport
    return report.axes['gender']!.associations['profession']!.figure
  }
  const [before, after] = [await association('seeds.jsonl'), await association('out.jsonl')]
  t.ok(before.low! > 0.2, String(before.low))
  t.is(after.low, 0, 'its interval reaches zero')
  t.ok(Math.abs(after.value!) < 1e-9)
  t.ok(
    (await readFile(join(cli.home, 'out.jsonl.card.md'), 'utf8')).includes('| gender: association with profession |')
  )
  const again = await cli.run(['gen', 'out.jsonl', 'recipe.json', '--json'])
  t.is(again.code, 0, 'over its own output')
  t.is(parseLines(again.stdout).at(-1)!['counterfactuals'], 300)
})

test('files of other shapes, limits, names, records in the recipe', async (t) => {
  const { cli, records } = await setUp(t, RECIPE, [{ text: 'Emily met her niece.' }, { text: 'Nobody was there.' }, 5])
  const gen = async (recipe: AugmentRecipeInput, ...flags: string[]) => {
    await writeFile(join(cli.home, 'own.json'), JSON.stringify(recipe))
    const { code, stderr } = await cli.run(['gen', 'own.jsonl', 'own.json', ...flags])
    if (code !== 0) t.fail(stderr)
    return (await records('own.jsonl')).map(({ text }) => text)
  }
  t.alike(await gen(RECIPE), ['Emily met her niece.', 'Kevin met his nephew.', 'Nobody was there.'])
  t.ok((await readFile(join(cli.home, 'own.jsonl.dropped.jsonl'), 'utf8')).includes('"line":3'))
  t.alike(await gen({ ...RECIPE, originals: false, names: false }), ['Emily met his nephew.'])
  t.alike(await gen(RECIPE, '--count', '2'), ['Emily met her niece.', 'Kevin met his nephew.'])
  const inline: AugmentRecipeInput = { provider: 'augment', records: [{ text: 'He left.' }] }
  t.alike(await gen(inline), ['He left.', 'She left.'])
  await writeFile(join(cli.home, 'a.csv'), 'body\nHe left.\nShe stayed.\n')
  const data = { file: 'a.csv', map: ['text=body'], limit: 1 }
  t.alike(await gen({ provider: 'augment', data }), ['He left.', 'She left.'])
  const checked = await cli.run(['gen', '--check', 'own.json'])
  t.ok(/Record\nHe left\.\n\nCounterfactual\nShe left\./.test(checked.stdout), checked.stdout)
  const dry = await cli.run(['gen', 'none.jsonl', 'own.json', '--dry-run'])
  t.ok(dry.stderr.includes('2 records would be written'), dry.stderr)
  t.alike(
    (await readdir(cli.home)).filter((name) => /tmp|lock|none/.test(name)),
    [],
    'nothing is left behind'
  )
})

test('what is wrong is told', async (t) => {
  const { cli } = await setUp(t, RECIPE, [{ text: 'Nobody was there.' }])
  const told = async (recipe: object, output = 'out.jsonl') => {
    await writeFile(join(cli.home, 'bad.json'), JSON.stringify(recipe))
    const { code, stderr } = await cli.run(['gen', output, 'bad.json'])
    return `${code} ${stderr}`
  }
  t.ok(/^2 .*provider: found the text "augmnt", expected one of .*"augment"/.test(await told({ provider: 'augmnt' })))
  t.ok(/^2 .*data: found nothing, expected either data/.test(await told({ provider: 'augment' })))
  t.ok(/^2 .*prompt: found a key that a recipe does not have/.test(await told({ ...RECIPE, prompt: 'x' })))
  t.ok(/^2 .*map.*nofield/s.test(await told({ ...RECIPE, data: { file: 'x', map: ['nofield=a'] } })))
  t.ok(/^2 .*count: found the number 1, expected at least 2/.test(await told({ ...RECIPE, count: 1 })))
  t.ok(/^2 .*license/.test(await told({ ...RECIPE, license: 'a b c' })))
  t.ok(/^1 .*names a person or group to swap/.test(await told({ ...RECIPE, originals: false })))
  await writeFile(join(cli.home, 'own.jsonl'), `{"kind":"text","text":"he","recipe":"${'0'.repeat(64)}"}\n`)
  t.ok(/^2 .*is also the data/.test(await told({ ...RECIPE, data: 'own.jsonl' }, 'own.jsonl')))
  t.ok(/^2 .*own\.jsonl exists and was not/.test((await told(RECIPE, 'seeds.jsonl')).replace('seeds', 'own')))
})
