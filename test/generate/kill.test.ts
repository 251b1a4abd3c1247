import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'brittle'
import { Cli } from '../helpers/cli.js'
import { KEY, linesOf, recipeFor } from '../helpers/generate.js'
import { ProviderServer } from '../helpers/provider-server.js'

const KILLS = 30
const REQUESTS = 2000
const CONCURRENCY = 16

test(
  'killed 30 times, a run of 2,000 requests loses no answer and pays none twice',
  { timeout: 600_000 },
  async (t) => {
    const cli = await Cli.create(t)
    const server = await ProviderServer.start(t, { latency: 25 })
    const recipe = join(cli.home, 'recipe.json')
    const output = join(cli.home, 'out.jsonl')
    await writeFile(recipe, JSON.stringify(recipeFor(server, REQUESTS, { count: REQUESTS, concurrency: CONCURRENCY })))
    const args = ['gen', output, recipe, '--quiet', '--no-input']
    const env = { OPENAI_API_KEY: KEY }

    let worst = 0
    let kills = 0
    while (kills < KILLS) {
      const before = duplicates(server)
      const running = cli.start(args, { env, stdin: '' })
      // At a random moment after its first request; some while it reads the journal, some while it sends.
      const wanted = server.requests + 1 + Math.floor(Math.random() * 90)
      await Promise.race([reached(server, wanted), running.exited])
      if (server.requests < wanted) break
      running.kill('SIGKILL')
      await running.exited
      kills++
      // What was in flight is answered by the server all the same, to nobody.
      await idle(server)
      worst = Math.max(worst, duplicates(server) - before)
    }
    t.is(kills, KILLS)
    const { code, stderr } = await cli.run(args, { env })
    t.is(code, 0, stderr)

    const records = await linesOf(output)
    t.is(records.length, REQUESTS)
    t.is(new Set(records.map(({ prompt }) => prompt)).size, REQUESTS)
    t.is(server.answered.size, REQUESTS, 'each distinct request was answered')
    t.ok(duplicates(server) <= KILLS * CONCURRENCY, `${duplicates(server)} answers were given twice`)
    t.ok(worst <= CONCURRENCY, `at most ${worst} after one kill, with ${CONCURRENCY} in flight`)

    const requests = server.requests
    t.is((await cli.run(args, { env })).code, 0)
    t.is(server.requests, requests, 'a finished run asks nothing more')
  }
)

/** Answers that were given to a request which had one already. */
function duplicates(server: ProviderServer): number {
  let total = 0
  for (const times of server.answered.values()) total += times - 1
  return total
}

async function reached(server: ProviderServer, requests: number): Promise<void> {
  while (server.requests < requests) await new Promise((resolve) => setTimeout(resolve, 2))
}

async function idle(server: ProviderServer): Promise<void> {
  while (server.inFlight > 0) await new Promise((resolve) => setTimeout(resolve, 2))
}
