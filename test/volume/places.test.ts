// Where the records of a volume were read from, and drafts without some of their records.
import { appendFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'brittle'
import { placesAt } from '../../lib/dataset/draft-check.js'
import { decodeBatch, splitLines } from '../../lib/volume/frame.js'
import { importFiles } from '../../lib/volume/import.js'
import { fileAndLine, placeOf, placesOf, PlacesWriter, readPlaces } from '../../lib/volume/places.js'
import type { Draft } from '../../lib/volume/seal.js'
import { readSpool } from '../../lib/volume/spool.js'
import { thinDraft } from '../../lib/volume/thin.js'

async function textsOf(draft: Draft): Promise<string[]> {
  const texts: string[] = []
  for await (const block of readSpool(draft.path)) {
    const lines = splitLines((await decodeBatch(block)).raw)
    texts.push(...lines.map((line) => (JSON.parse(line) as { text: string }).text))
  }
  return texts
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}

test('places of any size and order are kept', async (t) => {
  const path = join(await t.tmp(), 'places')
  const batches = [
    [placeOf(0, 1), placeOf(0, 2), placeOf(0, 70_000), placeOf(0, 3)],
    [placeOf(3, 4_000_000_000), placeOf(0, 1), placeOf(1_000_000, 7), placeOf(2 ** 30, 2 ** 40)],
    []
  ]
  const writer = await PlacesWriter.create(path)
  for (const batch of batches) await writer.append(batch)
  await writer.finish()
  t.alike(await all(readPlaces(path)), batches)
  t.alike(fileAndLine(batches[1]![0]!), { file: 3, line: 4_000_000_000 })
  t.alike(
    fileAndLine(batches[1]![3]!),
    { file: 2 ** 20 - 1, line: 2 ** 32 - 1 },
    'what does not fit is the last there is'
  )
  await appendFile(path, Buffer.from('ffffffffffffffff00', 'hex'))
  t.alike(await all(readPlaces(path)), batches, 'a damaged end is left out')
})

test('each record of a sorted volume is found at its line, and a thinner draft has the others', async (t) => {
  const dir = await t.tmp()
  const files = [join(dir, 'a.jsonl'), join(dir, 'b.jsonl')]
  const line = (text: string, topic: string) => JSON.stringify({ kind: 'text', text, topic })
  await writeFile(files[0]!, [line('a1', 'x'), 'no record', line('a3', 'y'), line('a4', 'x')].join('\n'))
  await writeFile(files[1]!, ['', line('b2', 'y'), line('b3', 'x')].join('\n'))
  const { drafts } = await importFiles({ sources: files, spool: join(dir, 'draft'), batchBytes: 120 })
  const [draft] = drafts as [Draft]
  const texts = await textsOf(draft)
  const named = async (each: Draft, from: number, to: number) =>
    (await all(placesAt(placesOf(each.path), [{ from, to }]))).map((place) => {
      const { file, line: number } = fileAndLine(place)
      return `${'ab'[file]}${number}`
    })
  t.alike([...texts].sort(), ['a1', 'a3', 'a4', 'b2', 'b3'])
  t.unlike(texts, [...texts].sort(), 'it was sorted by topic')
  t.alike(await named(draft, 0, 4), texts)
  t.alike(await named(draft, 3, 9), texts.slice(3))

  const thin = (await thinDraft(
    draft,
    [
      { from: 1, to: 1 },
      { from: 3, to: 4 }
    ],
    join(dir, 'thin')
  ))!
  t.alike([thin.records, await textsOf(thin)], [2, [texts[0], texts[2]]])
  t.alike(await named(thin, 0, 1), [texts[0], texts[2]])
  t.is(await thinDraft(draft, [{ from: 0, to: 4 }], join(dir, 'none')), null)
})
