import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'brittle'
import { Moderator } from '../../lib/dataset/moderator.js'
import { Identity } from '../../lib/network/identity.js'
import { makeVolume, offerOf, until } from '../helpers/network.js'
import { contradictions } from './contradictions.js'
import { Served } from './dataset.js'

const ACCEPT = fileURLToPath(new URL('fixtures/accept.js', import.meta.url))
const VOLUMES = 40
const KILLS = 20

test(`SIGKILL at ${KILLS} moments of accepting leaves no volume half decided`, { timeout: 600_000 }, async (t) => {
  const home = await t.tmp()
  const served = await Served.create(t, { auto: false, home })
  const { store, contributor } = served.offerer
  for (let i = 0; i < VOLUMES; i++) {
    const volume = await makeVolume(store, { contributor, batches: served.lines(`volume ${i}`, 3) })
    // Each of them once: more than 64 in so short a time are too many for the moderator.
    served.offerer.offer(offerOf(volume, served.moderator.index.core.key, contributor))
  }
  await until(async () => (await served.moderator.queue()).filter(({ state }) => state === 'ready').length === VOLUMES)
  await served.moderator.close()

  let waiting = VOLUMES
  for (let kill = 0; kill < KILLS; kill++) {
    const child = spawn(process.execPath, [ACCEPT, home], { stdio: ['ignore', 'pipe', 'inherit'] })
    const exited = once(child, 'close')
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const { value: said = '{"found":["it ended before it began"]}' } = await lines.next()
    const { found, waiting: left } = JSON.parse(said) as { found: string[]; waiting: number }
    if (found.length > 0) t.fail(`after ${kill} kills: ${found.join('; ')}`)
    waiting = left
    // However slow the machine is, some of the kills come after a decision.
    if (kill % 2 === 1) await lines.next()
    await sleep(Math.random() * 60)
    child.kill('SIGKILL')
    await exited
  }
  t.ok(waiting < VOLUMES, `${VOLUMES - waiting} were accepted between the kills`)

  const identity = await Identity.load(home)
  const moderator = await Moderator.open({ home, identity, name: 'test', purpose: 'test' })
  t.alike(await contradictions(moderator), [])
  for (const { volume } of await moderator.queue()) await moderator.accept(volume)
  t.is((await moderator.index.volumes()).length, VOLUMES)
  t.alike(await contradictions(moderator), [])
  await moderator.close()
})
