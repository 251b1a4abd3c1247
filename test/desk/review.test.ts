// The moderator's walk, at a real terminal, through the process that serves the dataset.
import { writeFile } from 'node:fs/promises'
import { stripVTControlCharacters } from 'node:util'
import test from 'brittle'
import { HAS_TERMINAL, type CliEvent, type Running } from '../helpers/cli.js'
import { Net } from '../helpers/net.js'

const LONG = { timeout: 600_000, skip: !HAS_TERMINAL }
const ENTER = '\r'

interface Given {
  net: Net
  owner: Awaited<ReturnType<Net['party']>>
  desk: Running
  link: string
  volumes: string[]
}

/** A dataset in which so many volumes wait, in this order. */
async function waiting(net: Net, count: number): Promise<Given> {
  const { moderator: owner, link } = await net.dataset('walk')
  const desk = await owner.serve('index', 'serve', '--auto', 'review')
  const contributor = await net.party()
  const volumes: string[] = []
  for (let n = 0; n < count; n++) {
    const file = contributor.path(`${n}.jsonl`)
    const lines = [0, 1, 2].map((i) => JSON.stringify({ kind: 'text', text: `Volume ${n} record ${i}.\nSecond line.` }))
    await writeFile(file, lines.join('\n'))
    const { events } = await contributor.run(['share', file, '--to', link, '--wait', '0', '--no-check'])
    const volume = String(events.find(({ event }) => event === 'offered')?.volume)
    await desk.event('queued', (event) => event.volume === volume)
    volumes.push(volume)
  }
  return { net, owner, desk, link, volumes }
}

/** Presses keys when, after what it had said before, the walk says this. */
function keysOf(running: Running): (question: RegExp, keys: string) => Promise<void> {
  let heard = 0
  return async (question, keys) => {
    // The pattern must match behind what was answered last.
    const ahead = new RegExp(`^[^]{${heard}}[^]*?(${question.source})`)
    await running.said(ahead)
    heard = running.stdout.length
    running.stdin.write(keys)
  }
}

function decided(desk: Running): CliEvent[] {
  return desk.events.filter(({ event }) => event === 'decided')
}

test('a walk: look at records, accept without one, reject, undo, skip', LONG, async (t) => {
  const { net, owner, desk, link, volumes } = await waiting(await Net.start(t), 3)
  const running = owner.person(['index', 'review'])
  const press = keysOf(running)
  await press(/Volume 1 of 3/, 'l')
  await press(/Record 1 of 3/, 'k')
  await press(/Record 2 of 3/, 'x')
  await press(/Why is it taken out/, ENTER)
  await press(/Record 3 of 3/, 'b')
  await press(/Volume 1 of 3/, 'a')
  await press(/Volume 2 of 3/, 'r')
  await press(/Why is it rejected/, ENTER)
  await press(/A sentence more/, 'Cut off.' + ENTER)
  await press(/Volume 3 of 3/, 'u')
  t.alike(
    decided(desk).map(({ volume }) => volume),
    [volumes[0]],
    'the first was published when the second was decided; the second was not yet'
  )
  await press(/Volume 2 of 3/, 's')
  await press(/Volume 3 of 3/, 'r')
  await press(/Why is it rejected/, ENTER)
  await press(/A sentence more/, ENTER)
  await press(/That was the last one/, 'p')
  const { code, stdout } = await running.exited
  t.is(code, 0, stdout)
  const text = stripVTControlCharacters(stdout)
  t.ok(/\| text: Volume 0 record 1\.\s+\| Second line\./.test(text), 'texts stand behind a bar')
  t.ok(text.includes('2 decisions published.'), text.slice(-300))
  const queue = (await owner.run(['index', 'queue'])).stdout
  t.alike(
    volumes.map((volume) => queue.includes(volume)),
    [false, true, false]
  )
  t.alike(
    decided(desk).map(({ volume, status }) => `${String(volume)} ${String(status)}`),
    [`${volumes[0]} accepted`, `${volumes[2]} rejected`]
  )
  const reader = await net.party()
  const pulled = await reader.result('pull', reader.path('out.jsonl'), '--from', link)
  t.is(pulled.records, 2, 'of three records one was taken out')
})

test('a dry walk publishes nothing; nobody can be asked without a terminal', LONG, async (t) => {
  const { owner, desk, volumes } = await waiting(await Net.start(t), 1)
  const running = owner.person(['index', 'review', '--dry-run'])
  const press = keysOf(running)
  await press(/Volume 1 of 1/, 'a')
  await press(/That was the last one/, 'u')
  await press(/Volume 1 of 1/, 'a')
  await press(/That was the last one/, 'p')
  const { code, stdout } = await running.exited
  t.is(code, 0)
  t.ok(stdout.includes('1 decision not written: --dry-run.'))
  t.alike(decided(desk), [])
  t.ok((await owner.run(['index', 'queue'])).stdout.includes(volumes[0]!))
  const { code: refused, events } = await owner.run(['index', 'review'])
  t.alike([refused, events.at(-1)?.code], [2, 'NEEDS_TERMINAL'])
})
