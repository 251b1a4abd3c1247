// Volumes with the same records that wait for their decision together: the second is not let in on what was true before.
import test, { type Assert } from 'brittle'
import { ModeratorChecks } from '../../bin/checks.js'
import type { Queued } from '../../lib/dataset/decisions.js'
import type { ModeratorOptions } from '../../lib/dataset/moderator-options.js'
import { examineWith, type Examine } from '../../lib/dataset/queue.js'
import { until } from '../helpers/network.js'
import { Served } from './dataset.js'

const LONG = { timeout: 600_000 }

/** A dataset whose volumes are compared with what it has. */
async function checked(t: Assert, options: Partial<ModeratorOptions>, around = (examine: Examine) => examine) {
  const checks = new ModeratorChecks(await t.tmp())
  const served = await Served.create(t, {
    examine: around(examineWith(checks.open)),
    onAccept: (volume) => checks.accepted(volume),
    outdated: (volume, dataset) => checks.outdated(volume, dataset),
    ...options
  })
  t.teardown(() => checks.close(), { order: 30 })
  return served
}

test('of two volumes with the same records that come at once, one is accepted', LONG, async (t) => {
  let examined = 0
  let both = () => {}
  const met = new Promise<void>((resolve) => (both = resolve))
  const served = await checked(t, { auto: true }, (examine) => async (...given) => {
    const report = await examine(...given)
    if (++examined === 2) both()
    await met
    return report
  })
  const ready = new Promise<Queued>((resolve) => served.moderator.once('ready', resolve))
  const lines = served.lines('same', 20)
  await served.offer(...lines)
  await served.offer(...lines, ...served.lines('other', 3))
  const { volume, objections } = await ready
  t.alike([objections[0]!.code, objections[0]!.count], ['dataset_duplicate', 20])
  const volumes = await served.moderator.index.volumes()
  t.is(volumes.length, 1)
  t.unlike(volumes[0]!.id, volume)
})

test('a moderator is told when others were accepted that have some of a volume’s records', LONG, async (t) => {
  const served = await checked(t, { auto: false })
  const { moderator, desk } = served
  const lines = served.lines('same', 20)
  for (const more of ['one', 'two']) await served.offer(...lines, ...served.lines(more, 3))
  await served.offer(...served.lines('three', 5))
  await until(async () => (await moderator.queue()).filter(({ state }) => state === 'ready').length === 3)
  const [first, second, third] = (await moderator.queue()).sort((a, b) => b.records - a.records || 0)
  await desk.accept(first!.volume)
  await t.exception(desk.accept(second!.volume), /have some of its records: dataset_duplicate/)
  t.is(
    (await moderator.show(second!.volume)).queued.objections[0]!.code,
    'dataset_duplicate',
    'the report is a new one'
  )
  await desk.accept(third!.volume)
  await desk.accept(second!.volume)
  t.is((await moderator.index.volumes()).length, 3, 'who has seen it decides')
})
