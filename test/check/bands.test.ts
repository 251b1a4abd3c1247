import { spawn } from 'node:child_process'
import { readdir, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'brittle'
import { DatasetIndex } from '../../lib/check/bands/dataset-index.js'
import { Lookup, type DatasetMatch } from '../../lib/check/bands/lookup.js'
import { ID_BYTES, ROW_BYTES } from '../../lib/check/bands/row.js'
import { RunTable } from '../../lib/check/bands/run-table.js'
import { VdataError } from '../../lib/errors.js'
import { REMOVED_EVERY, rowsOfVolume } from './helpers/index-writer.js'
import { Random } from './helpers/random.js'
import { randomRows } from './helpers/rows.js'

const KILLS = 20

/** Rows whose sketches differ in some bytes, and whose ids all do: records that are almost the same. */
function alike(rows: Uint8Array, changed: number, random: Random): Uint8Array {
  const other = rows.slice()
  for (let at = 0; at < other.length; at += ROW_BYTES) {
    other[at]! ^= 1
    for (let i = 0; i < changed; i++) other[at + random.between(ID_BYTES, ROW_BYTES - 1)]! ^= random.between(1, 255)
  }
  return other
}

function lookAll(index: DatasetIndex, rows: Uint8Array, without?: string): (DatasetMatch | undefined)[] {
  const snapshot = index.snapshot(without)
  const lookup = new Lookup(snapshot)
  const matches = Array.from({ length: rows.length / ROW_BYTES }, (_, row) => lookup.find(rows, row, 0.75))
  lookup.close()
  snapshot.release()
  return matches
}

function isWhole(index: DatasetIndex, volume: string, rows: Uint8Array): boolean {
  return lookAll(index, rows).every(
    (match, row) => match?.exact === true && match.volume === volume && match.record === row
  )
}

test('an index finds the same and almost the same records, through merges and after it was opened again', async (t) => {
  const folder = await t.tmp()
  const volumes = Array.from({ length: 45 }, (_, i) => ({ name: `v${i}`, rows: randomRows(i, 50 + i * 3) }))
  let index = DatasetIndex.open(folder)
  for (const { name, rows } of volumes) await index.add(name, rows)
  await index.add('v3', randomRows(1000, 5))
  t.ok(index.segments < 15, `${index.segments} files for ${volumes.length} volumes`)
  t.is(
    (await readdir(folder)).filter((file) => file.endsWith('.bands')).length,
    index.segments,
    'merged files are gone'
  )
  const total = volumes.reduce((sum, { rows }) => sum + rows.length / ROW_BYTES, 0)
  for (const again of [false, true]) {
    if (again) {
      await index.close()
      index = DatasetIndex.open(folder)
    }
    t.is(index.records, total)
    t.is(index.volumes.get('v3'), 59, 'a volume that is there already stays as it is')
    t.ok(volumes.every(({ name, rows }) => isWhole(index, name, rows)))
  }
  const near = lookAll(index, alike(volumes[7]!.rows, 8, new Random(1)))
  t.ok(
    near.every((match, row) => match?.volume === 'v7' && match.record === row && !match.exact && match.similarity > 0.9)
  )
  const unlike = lookAll(index, alike(volumes[7]!.rows, 60, new Random(2)))
  t.alike(unlike.filter(Boolean), [], 'what is less alike than asked for')
  t.alike(lookAll(index, randomRows(5000, 500)).filter(Boolean), [])
  t.alike(lookAll(index, volumes[7]!.rows, 'v7').filter(Boolean), [], 'a volume is not like itself')
  await index.close()
})

test('a volume that is taken out is gone, and its space with the next merge', async (t) => {
  const folder = await t.tmp()
  const index = DatasetIndex.open(folder)
  const rows = Array.from({ length: 12 }, (_, i) => randomRows(i, 100))
  for (let i = 0; i < 5; i++) await index.add(`v${i}`, rows[i]!)
  await index.remove('v1')
  await index.remove('v1')
  await index.remove('never there')
  t.alike([...index.volumes.keys()], ['v0', 'v2', 'v3', 'v4'])
  t.alike(lookAll(index, rows[1]!).filter(Boolean), [])
  for (let i = 5; i < 12; i++) await index.add(`v${i}`, rows[i]!)
  await index.remove('v7')
  t.alike(lookAll(index, rows[7]!).filter(Boolean), [], 'out of the middle of a merged file')
  for (let i = 12; i < 60; i++) await index.add(`v${i}`, randomRows(i, 100))
  for (const i of [0, 2, 6, 8, 11]) t.ok(isWhole(index, `v${i}`, rows[i]!), `v${i} is still there`)
  t.alike([...lookAll(index, rows[1]!), ...lookAll(index, rows[7]!)].filter(Boolean), [])
  await index.add('v1', rows[1]!)
  t.ok(isWhole(index, 'v1', rows[1]!), 'and may come back')
  await index.close()
})

test('a snapshot stays readable while the index changes', async (t) => {
  const folder = await t.tmp()
  const index = DatasetIndex.open(folder)
  const rows = randomRows(1, 100)
  await index.add('first', rows)
  const snapshot = index.snapshot()
  for (let i = 0; i < 20; i++) await index.add(`v${i}`, randomRows(i + 10, 100))
  const lookup = new Lookup(snapshot)
  t.is(lookup.find(rows, 42, 0.75)?.record, 42)
  lookup.close()
  const before = (await readdir(folder)).length
  snapshot.release()
  t.ok((await readdir(folder)).length < before, 'old files are kept for it, and no longer')
  await index.close()
})

test('records without a sketch are found by their id, and empty rows never', async (t) => {
  const rows = randomRows(3, 4)
  rows.fill(0, ID_BYTES, ROW_BYTES)
  rows.fill(0, ROW_BYTES, 2 * ROW_BYTES)
  const index = DatasetIndex.open(await t.tmp())
  await index.add('short', rows)
  t.alike(
    lookAll(index, rows).map((match) => match?.record),
    [0, undefined, 2, 3]
  )
  const table = new RunTable()
  for (let row = 0; row < 4; row++) table.keep(rows, row, row)
  t.alike(
    [0, 1, 2, 3].map((row) => table.find(rows, row, 0.75)?.record),
    [0, undefined, 2, 3]
  )
  await index.close()
})

test('many equal records cost no more than a few', async (t) => {
  const one = randomRows(1, 1)
  const rows = new Uint8Array(3000 * ROW_BYTES)
  for (let at = 0; at < rows.length; at += ROW_BYTES) {
    rows.set(one, at)
    rows.set(randomRows(at, 1).subarray(0, ID_BYTES), at)
  }
  const index = DatasetIndex.open(await t.tmp())
  await index.add('equal', rows)
  const match = lookAll(index, alike(one, 4, new Random(1)))[0]
  t.ok(match && !match.exact && match.similarity > 0.9)
  const table = new RunTable()
  for (let row = 0; row < 3000; row++) table.keep(rows, row, row)
  t.is(table.find(one, 0, 0.75)?.record, 0, 'the first of them')
  await index.close()
})

test('a damaged index says so', async (t) => {
  for (const damage of ['short', 'missing', 'header', 'manifest']) {
    const folder = await t.tmp()
    const index = DatasetIndex.open(folder)
    await index.add('v', randomRows(1, 100))
    await index.close()
    const file = join(folder, '0.bands')
    if (damage === 'short') await truncate(file, 5000)
    if (damage === 'missing') await rm(file)
    if (damage === 'header') await writeFile(file, 'x', { flag: 'r+' })
    if (damage === 'manifest') await writeFile(join(folder, 'manifest.json'), '{"version":1')
    t.is(codeOfOpening(folder), 'BAND_INDEX_DAMAGED', damage)
  }
})

test(`SIGKILL at ${KILLS} random moments loses nothing that was added`, { timeout: 600_000 }, async (t) => {
  const folder = await t.tmp()
  const random = new Random(17)
  const present = new Set<number>()
  let next = 0
  for (let kill = 0; kill < KILLS; kill++) {
    const said = await writeUntilKilled(folder, next, random.between(1, 12), random.between(0, 4))
    for (const [what, number] of said) {
      if (what === 'added') present.add(number)
      else present.delete(number)
    }
    const index = DatasetIndex.open(folder)
    const volumes = index.volumes
    // What was under way when it was killed is there as a whole, or not at all.
    const last = Math.max(-1, ...present)
    if (volumes.has(`volume ${last + 1}`)) present.add(last + 1)
    const newest = Math.max(-1, ...present)
    if (newest % REMOVED_EVERY === 0 && !volumes.has(`volume ${newest - 1}`)) present.delete(newest - 1)
    const expected = [...present].map((number) => `volume ${number}`).sort()
    t.alike([...volumes.keys()].sort(), expected, `kill ${kill + 1}: the volumes that were added`)
    const damaged = [...present].filter((number) => {
      const rows = randomRows(number, rowsOfVolume(number))
      return volumes.get(`volume ${number}`) !== rowsOfVolume(number) || !isWhole(index, `volume ${number}`, rows)
    })
    t.alike(damaged, [], `kill ${kill + 1}: ${present.size} volumes, all whole`)
    t.alike(
      (await readdir(folder)).filter((file) => file.endsWith('.tmp')),
      []
    )
    await index.close()
    next = Math.max(-1, ...present) + 1
  }
})

test('against a million records, memory stays under 1 GB', { timeout: 600_000 }, async (t) => {
  const folder = await t.tmp()
  const script = fileURLToPath(new URL('./helpers/million.js', import.meta.url))
  const child = spawn(process.execPath, [script, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  for await (const chunk of child.stdout) output += String(chunk)
  const said = JSON.parse(output) as { records: number; known: unknown; near: unknown; memory: number }
  t.ok(said.records >= 1_000_000)
  t.alike(said.known, [[0, 1999]], 'the records that it has, and no others')
  t.alike(said.near, [])
  t.ok(said.memory < 1e9, `${Math.round(said.memory / 1e6)} MB`)
})

/** Lets a process add volumes until it has said so many lines, and kills it soon after. */
async function writeUntilKilled(
  folder: string,
  first: number,
  lines: number,
  delay: number
): Promise<['added' | 'removed', number][]> {
  const script = fileURLToPath(new URL('./helpers/index-writer.js', import.meta.url))
  const child = spawn(process.execPath, [script, folder, String(first)], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  let armed = false
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
    if (armed || output.split('\n').length <= lines) return
    armed = true
    // The delay makes the moment random; nothing depends on its length.
    setTimeout(() => child.kill('SIGKILL'), delay)
  })
  await new Promise((resolve) => child.on('close', resolve))
  // A line that was cut off by the kill was not said.
  return output
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split(' '))
    .map(([what, number]) => [what as 'added' | 'removed', Number(number)])
}

/** The code of the error that opening an index fails with, or an empty text. */
function codeOfOpening(folder: string): string {
  try {
    DatasetIndex.open(folder)
    return ''
  } catch (error) {
    return error instanceof VdataError ? error.code : String(error)
  }
}
