import { randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'brittle'
import { changedRecords, diffStates, type ChangedRecord } from '../../lib/dataset/diff.js'
import type { LoggedDecision } from '../../lib/dataset/history.js'
import { datasetFolder } from '../../lib/dataset/premises.js'
import { DatasetSession } from '../../lib/dataset/session.js'
import { Served } from './dataset.js'

const LONG = { timeout: 600_000 }
const NOTE = { code: 'pii', note: '' }
const HIDE = { scope: 'hide' as const, ...NOTE }

test('the log says who decided what, when and why', LONG, async (t) => {
  const served = await Served.create(t)
  const { desk, contributor } = served
  const volume = await served.give(...served.lines('a', 4, 3))
  const bad = await served.offer(['{"kind":"text","text":1}'])
  await served.offerer.answer(bad, ({ status }) => status === 'queued')
  await served.desk.judge({ contributor, standing: 'banned', code: 'spam', note: 'links' })
  await desk.judge({ contributor, standing: 'good', code: '', note: 'a mistake' })
  await desk.drop({ volume, ranges: [{ from: 1, to: 2 }], ...HIDE, note: 'a phone number' })
  await desk.drop({ volume, ranges: [{ from: 1, to: 1 }], ...HIDE, scope: 'purge' })
  await desk.release('v1', 'The first.')
  const log = await desk.log(0)
  const of = (deed: LoggedDecision['deed']) => log.find((decision) => decision.deed === deed)!
  t.is(log[0]?.deed, 'described')
  t.alike([of('accepted').what, of('accepted').records, of('accepted').contributor], [volume, 7, contributor])
  t.alike([of('banned').what, of('banned').reasons], [contributor, [{ code: 'spam', count: 1, note: 'links' }]])
  t.alike([of('unbanned').what, of('unbanned').note], [contributor, 'a mistake'])
  t.alike(of('dropped').ranges, [{ from: 1, to: 2 }])
  t.alike(of('dropped').reasons, [{ code: 'pii', count: 2, note: 'a phone number' }])
  t.alike([of('purged').records, of('purged').ranges], [2, [{ from: 0, to: 3 }]], 'two more of its block')
  t.alike([of('released').what, of('released').records, of('released').note], ['v1', 3, 'The first.'])
  t.ok(log.every(({ by }) => by.length === 1))
  t.ok(log.every(({ deed, at }) => at !== null || deed === 'described'))
  t.is(log.filter(({ deed }) => deed === 'accepted').length, 1, 'one decision is one line')
  t.alike(await desk.log(2), log.slice(2))
})

test('replaying an index finds what was tampered with', LONG, async (t) => {
  const served = await Served.create(t)
  const { index } = served.moderator
  const [one, two] = [await served.give(...served.lines('a', 4, 3)), await served.give(...served.lines('b', 2))]
  await served.desk.drop({ volume: one, ranges: [{ from: 0, to: 1 }], ...HIDE })
  await served.desk.drop({ volume: one, ranges: [{ from: 3, to: 3 }], ...HIDE })
  await served.desk.release('v1', '')
  t.alike(await served.desk.verify(), { entries: index.core.length - 1, volumes: 2, drops: 2, releases: 1, faults: [] })

  const faults = async () => (await served.desk.verify()).faults.join('\n')
  const tamper = async (key: string, change: (value: { [field: string]: unknown }) => unknown) => {
    const entry = (await index.bee.get(key))!.value as { [field: string]: unknown }
    await index.bee.put(key, change(structuredClone(entry)))
    return faults()
  }
  t.ok((await tamper(`drop/${one}`, ({ drops }) => ({ drops: (drops as []).slice(1) }))).includes('takes back'))
  t.ok((await tamper(`volume/${two}`, (volume) => volume)).includes('is listed a second time'))
  t.ok((await tamper(`release/v1`, (release) => release)).includes('has its name a second time'))
  const { entry } = await served.desk.release('v2', '')
  await index.bee.put('release/v3', { ...entry, length: index.core.length, records: 99 })
  t.ok((await faults()).includes('release/v3: names another state'))
  const hash = (await index.core.treeHash()).toString('hex')
  await index.bee.put('release/v4', { ...entry, length: index.core.length, hash, records: 99 })
  t.ok((await faults()).includes('counts 99 records'))
  const listed = await index.volume(two)
  const forged = 'y'.repeat(52)
  await index.bee.put(`volume/${forged}`, { ...listed, contributor: forged })
  t.ok(/was not offered by its contributor(.|\n)*listed without its verdict/.test(await faults()))
  const batch = index.bee.batch()
  await batch.del(`volume/${two}`)
  await batch.flush()
  t.ok((await faults()).includes('was removed'))
})

test('replaying an index finds blocks that were changed on the disk', LONG, async (t) => {
  const served = await Served.create(t)
  await served.give(...served.lines('a', 4))
  const { core } = served.moderator.index
  const { storage } = core.state
  const block = Buffer.from((await core.get(2))!)
  block[block.length - 1]! ^= 1
  const changes = storage.write()
  changes.putBlock(2, block)
  await changes.flush()
  t.ok((await served.desk.verify()).faults.some((fault) => fault.includes('not those that were signed')))
})

test('what changed between two states, by facet and record by record', LONG, async (t) => {
  const served = await Served.create(t)
  const { index } = served.moderator
  const [a, b] = [served.lines('a', 4, 3), served.lines('b', 2, 2)]
  const volume = await served.give(...a)
  await served.desk.drop({ volume, ranges: [{ from: 6, to: 6 }], ...HIDE })
  await served.desk.release('v1', '')
  const added = await served.give(...b)
  await served.desk.drop({ volume, ranges: [{ from: 1, to: 2 }], ...HIDE })
  await served.desk.drop({ volume: added, ranges: [{ from: 3, to: 3 }], ...HIDE })
  await served.desk.drop({ volume, ranges: [{ from: 4, to: 4 }], ...HIDE, scope: 'purge' })
  await served.desk.release('v2', '')

  const { changes, from, to, parts } = await diffStates(index, 'v1', 'v2')
  t.alike([from.records, to.records], [6, 5])
  t.is(from.records + changes.added.records - changes.dropped.records - changes.withdrawn.records, to.records)
  t.alike([changes.added.records, changes.dropped.records, changes.withdrawn.records], [3, 4, 0])
  t.is(changes.dropped.facets.kind?.values.text, 4)
  t.alike({ ...changes.added.contributors }, { [served.contributor]: 3 })
  t.alike({ ...changes.added.licenses }, { 'CC0-1.0': 3 })
  t.alike((await diffStates(index, 'v2', null)).parts, [], 'nothing changed since')
  const back = (await diffStates(index, 'v2', 'v1')).changes
  t.alike([back.added.records, back.dropped.records, back.withdrawn.records], [4, 0, 3], 'and the other way round')

  const home = await t.tmp()
  const session = await DatasetSession.open({
    home,
    link: served.moderator.link,
    network: served.network,
    purpose: 'test'
  })
  t.teardown(() => session.close(), { order: 5, force: true })
  const changed: ChangedRecord[] = []
  for await (const record of changedRecords(session.store, parts, { timeout: 10_000 })) changed.push(record)
  const lines = (change: string) => changed.filter((each) => each.change === change).map(({ line }) => line)
  t.alike(lines('added').sort(), b.flat().slice(0, 3).sort())
  t.alike(lines('dropped'), [...a.flat().slice(1, 3), null, null], 'what was purged cannot be had')
  const core = session.store.get({ key: Buffer.from(parts.find(({ change }) => change === 'dropped')!.volume.key) })
  await core.ready()
  t.alike(
    [await core.has(0), await core.has(1), await core.has(2)],
    [false, true, false],
    'only the block that it needs'
  )
  await core.close()
})

test("a purged block is gone from the moderator's disk, too", LONG, async (t) => {
  const home = await t.tmp()
  const served = await Served.create(t, { home })
  const line = () => JSON.stringify({ kind: 'text', text: randomBytes(300).toString('base64') })
  const batches = [0, 1].map(() => Array.from({ length: 200 }, line))
  const volume = await served.give(...batches)
  const core = await served.moderator.curation.volume(volume)
  const mark = Buffer.from((await core.get(2))!).subarray(500, 564)
  const kept = Buffer.from((await core.get(1))!).subarray(500, 564)
  await core.close()
  const onDisk = async (bytes: Buffer) => {
    const folder = join(datasetFolder(home, 'test'), 'store')
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (entry.isFile() && (await readFile(join(entry.parentPath, entry.name))).includes(bytes)) return true
    }
    return false
  }
  t.ok(await onDisk(mark))
  await served.desk.drop({ volume, ranges: [{ from: 300, to: 300 }], ...HIDE, scope: 'purge' })
  t.absent(await onDisk(mark))
  t.ok(await onDisk(kept))
})
