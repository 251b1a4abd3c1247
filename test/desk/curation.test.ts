import test from 'brittle'
import { factsOf } from '../../lib/dataset/facts.js'
import { parseKey } from '../../lib/dataset/link.js'
import { purgedBlocks } from '../../lib/dataset/drops.js'
import { Served } from './dataset.js'

const LONG = { timeout: 600_000 }
const NOTE = { code: 'pii', note: '' }

test('dropped records are in no pull and no count; a dry run changes nothing', LONG, async (t) => {
  const served = await Served.create(t)
  const batches = served.lines('a', 4, 3)
  const volume = await served.give(...batches)
  const all = batches.flat()
  const request = {
    volume,
    ranges: [
      { from: 5, to: 5 },
      { from: 0, to: 1 }
    ],
    scope: 'hide' as const,
    ...NOTE
  }

  const { length } = served.moderator.index.core
  const planned = await served.desk.drop(request, true)
  t.alike([planned.asked, planned.neighbours], [3, 0])
  t.is(served.moderator.index.core.length, length, 'nothing was written')
  t.alike((await served.pull()).lines, all)

  await served.desk.drop(request)
  const pulled = await served.pull()
  t.alike(pulled.lines, [...all.slice(2, 5), all[6]])
  t.is(pulled.records, 4)
  const facts = await factsOf(served.moderator.index)
  t.alike([facts.records, facts.dropped], [4, 3])
  t.is(facts.raw_bytes, Buffer.byteLength(pulled.text))
  t.is(facts.facets.kind?.values.text, 4)
  t.is((await served.desk.volumes())[0]!.dropped, 3)
  const { sample } = await served.desk.show(volume, 100)
  t.alike(
    sample,
    [2, 3, 4, 6].map((record) => ({ record, line: all[record] })),
    'a sample numbers the records as drop takes them'
  )

  await t.exception(served.desk.drop(request), /dropped before/)
  await t.exception(served.desk.drop({ ...request, ranges: [{ from: 7, to: 7 }] }), /records 0 to 6/)
})

test('a release stays what it is, byte for byte, but for what is purged', LONG, async (t) => {
  const served = await Served.create(t)
  const first = served.lines('a', 4, 3)
  const volume = await served.give(...first)
  await served.desk.drop({ volume, ranges: [{ from: 0, to: 0 }], scope: 'hide', ...NOTE })
  const { entry } = await served.desk.release('v1', 'first')
  t.is(entry.records, 6)
  const home = await t.tmp()
  const before = await served.pull('v1', home)
  t.alike(before.lines, first.flat().slice(1))

  await served.give(...served.lines('b', 2))
  await served.desk.drop({ volume, ranges: [{ from: 2, to: 5 }], scope: 'hide', ...NOTE })
  t.is((await served.pull('v1')).text, before.text, 'from a new computer')
  t.is((await served.pull('v1', home)).text, before.text, 'and from the one that had it')
  t.is((await served.pull()).records, 4)
  await t.exception(served.desk.release('v1', ''), /names the state of/)
  await t.exception(served.pull('v2'), /no release/)

  const purge = await served.desk.drop({ volume, ranges: [{ from: 5, to: 5 }], scope: 'purge', ...NOTE })
  t.alike([purge.asked, purge.neighbours], [0, 1], 'hidden already; the rest of its block goes with it')
  t.alike(purgedBlocks((await served.moderator.index.volume(volume))!, await served.moderator.index.drops(volume)), [2])
  const core = await served.moderator.curation.volume(volume)
  t.alike([await core.has(1), await core.has(2)], [true, false], 'its block is gone here')
  await core.close()
  for (const where of [undefined, home]) {
    const after = await served.pull('v1', where)
    t.alike(after.lines, first.flat().slice(1, 4), 'also where it was pulled before')
    t.is(after.purged, 3)
  }
  t.is((await served.pull()).records, 3)
  t.is((await factsOf(served.moderator.index)).records, 3)
  const replay = await served.desk.verify()
  t.alike([replay.volumes, replay.releases, replay.faults], [2, 1, []], 'the index holds to its rules')
  const { index } = served.moderator
  await index.decide(volume, { status: 'rejected', reasons: [], at: new Date().toISOString() })
  t.is((await served.desk.verify()).faults.length, 2, 'until an acceptance is taken back')
})

test('a ban lasts, refuses what waits, and can be lifted', LONG, async (t) => {
  const served = await Served.create(t, { auto: false })
  const waiting = await served.offer(...served.lines('a', 3))
  const ready = new Promise((resolve) => served.moderator.once('ready', resolve))
  await ready
  const judged = await served.desk.judge({
    contributor: served.contributor,
    standing: 'banned',
    code: 'spam',
    note: 'x'
  })
  t.is(judged.reason, 'spam: x')
  t.is(judged.rejected.length, 1)
  t.is((await served.moderator.index.verdict(judged.rejected[0]!))?.reasons[0]?.code, 'contributor')
  t.absent(await served.moderator.index.volume(judged.rejected[0]!))

  const second = await served.offer(...served.lines('b', 3))
  t.is((await served.offerer.answer(second)).status, 'banned')
  t.is((await served.desk.contributors())[0]?.standing, 'banned')
  await served.desk.judge({ contributor: served.contributor, standing: 'good', code: '', note: '' })
  const from = served.offerer.answers.length
  served.offerer.offerAgain()
  t.is((await served.offerer.answer(second, undefined, from)).status, 'queued')
  t.ok(parseKey(judged.rejected[0]!).equals(waiting.key))
})
