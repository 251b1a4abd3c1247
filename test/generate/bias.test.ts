import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'brittle'
import { Cli, parseLines, HAS_TERMINAL } from '../helpers/cli.js'
import { KEY, recipeFor } from '../helpers/generate.js'
import { ProviderServer } from '../helpers/provider-server.js'
import type { BiasSummary } from '../../lib/bias/summary.js'

const FIGURE = 'gender.association.profession'

test('the summary, the card and the last event say what the bias of the records is, with intervals and counts', async (t) => {
  const cli = await Cli.create(t)
  const recipe = {
    variables: { job: ['nurse', 'judge'], n: Array.from({ length: 20 }, (_, n) => n) },
    prompt: 'Write about the {{job}}, number {{n}}.',
    response: '{% if job == "nurse" %}She{% else %}He{% endif %} worked as {{job | a}} in room {{n}}.'
  }
  await writeFile(join(cli.home, 'recipe.json'), JSON.stringify(recipe))
  const { stderr } = await cli.run(['gen', 'a.jsonl', 'recipe.json'])
  t.ok(/bias +gender: association with profession 0\.\d{3} \(0\.\d{3} to 0\.\d{3}, 40 texts\)\n/.test(stderr), stderr)
  t.ok(
    /\| gender: association with profession \| 0\.500 \| 0\.\d{3} to 0\.500 \| 0\.\d{3} \| 40 \|/.test(
      await readFile(join(cli.home, 'a.jsonl.card.md'), 'utf8')
    )
  )
  const { stdout } = await cli.run(['gen', 'b.jsonl', 'recipe.json', '--json'])
  const { figures } = parseLines(stdout).at(-1)!['bias'] as BiasSummary
  t.is(figures[FIGURE]!.value, 0.5)
  t.ok(figures[FIGURE]!.low! > 0.3)
})

test('the panel of a run shows the bias of what came so far', { skip: !HAS_TERMINAL }, async (t) => {
  const cli = await Cli.create(t)
  const server = await ProviderServer.start(t, {
    latency: 20,
    answer: () => 'The nurse said that she was glad to help her colleagues.'
  })
  await writeFile(
    join(cli.home, 'recipe.json'),
    JSON.stringify(recipeFor(server, 200, { concurrency: 2, keep: { duplicates: true, near_duplicates: true } }))
  )
  const running = cli.start(['gen', 'a.jsonl', 'recipe.json', '--no-contribute', '--yes'], {
    terminal: true,
    env: { OPENAI_API_KEY: KEY }
  })
  const { stdout } = await running.exited
  t.ok(/bias: gender: association with profession 0\.\d{3} \(0\.\d{3} to 0\.\d{3}, \d+ texts\)/.test(stdout), stdout)
})
