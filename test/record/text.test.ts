import test from 'brittle'
import { parseMapping } from '../../lib/record/shapes.js'
import { asText } from '../../lib/record/write.js'
import { inPieces, readAll, reasons, texts } from './reading.js'

const BOOK = '\ufeff\n\nChapter 1\r\n\r\nIt was a dark\r\nand stormy night.\n \t\n\n  Indented\n\u0000\nend'

test('a record is a paragraph', async (t) => {
  for (const size of [1, 2, 1000]) {
    t.alike(texts(await readAll(inPieces(BOOK, size), { format: 'text' })), [
      [3, 'Chapter 1'],
      [5, 'It was a dark\nand stormy night.'],
      [9, '  Indented\n\u0000\nend']
    ])
  }
})

test('or a line, or the whole file', async (t) => {
  t.alike(texts(await readAll(inPieces(BOOK, 5, 'a.txt'), { textUnit: 'line' })), [
    [3, 'Chapter 1'],
    [5, 'It was a dark'],
    [6, 'and stormy night.'],
    [9, '  Indented'],
    [10, '\u0000'],
    [11, 'end']
  ])
  const whole = 'Chapter 1\n\nIt was a dark\nand stormy night.\n \t\n\n  Indented\n\u0000\nend'
  t.alike(texts(await readAll(inPieces(BOOK + '\n\n\n', 5, 'a.txt'), { textUnit: 'file' })), [[3, whole]])
  t.alike(texts(await readAll(inPieces('\n \n', 5, 'a.txt'), { textUnit: 'file' })), [])
})

test('a paragraph that cannot be a record costs itself only', async (t) => {
  const long = `${'x'.repeat(1000)}\n`.repeat(1100)
  const content = Buffer.concat([
    Buffer.from(`a\n\n${long}more\n\nb\n\nc\n`),
    Buffer.from([0xff, 0x0a]),
    Buffer.from(`d\n\ne\n\n${'y'.repeat(2 ** 20 + 1)}\nf\n\ng`)
  ])
  for (const size of [1000, 2 ** 24]) {
    const all = await readAll(inPieces(content, size, 'a.txt'))
    t.alike(
      texts(all).map(([, text]) => text),
      ['a', 'b', 'e', 'g']
    )
    t.alike(reasons(all), [
      [3, 'the paragraph is longer than 1048576 bytes; if each of its lines is a text of its own, read them as lines'],
      [1108, 'the line is not UTF-8'],
      [1113, 'the line is longer than 1048576 bytes']
    ])
  }
})

test('facets can be given to every text, and what was written as text reads back', async (t) => {
  const written = asText({ kind: 'text', text: 'a\nb' }) + asText({ kind: 'text', text: 'c' })
  const all = await readAll(inPieces(written, 3, 'a.txt'), {
    mapping: parseMapping(['topic:=law', 'license:=CC0-1.0'])
  })
  t.alike(
    all.records.map(({ record }) => record),
    ['a\nb', 'c'].map((text) => ({ kind: 'text', text, topic: 'law', license: 'CC0-1.0' }))
  )
})
