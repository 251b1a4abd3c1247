import test from 'brittle'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { readRecords } from '../../lib/record/read.js'
import { checkRecord } from '../../lib/record/schema.js'
import { jsonLine } from '../../lib/record/write.js'
import { anyRecord, Random } from './random.js'
import { file, inPieces, readAll, reasons, texts } from './reading.js'

const line = (text: string) => JSON.stringify({ text })

test('a line that is no record is reported and does not stop the others', async (t) => {
  const lines = [line('a'), '', '{"text":', '   \t', 'null', '{"kind":"text"}', line('b'), '[1]', '"c"']
  const path = file(await t.tmp(), 'mixed.jsonl', lines.join('\n'))
  const all = await readAll(path)
  t.alike(texts(all), [
    [1, 'a'],
    [7, 'b'],
    [9, 'c']
  ])
  t.alike(
    all.refused.map((refusal) => refusal.file),
    Array(4).fill(path)
  )
  t.alike(
    reasons(all).map(([number, reason]) => [number, reason.slice(0, 40)]),
    [
      [3, 'not JSON: Unexpected end of JSON input'],
      [5, 'it is neither an object nor text'],
      [6, 'text is missing, which a record of kind '],
      [8, 'it is neither an object nor text']
    ]
  )
})

test('line ends, byte order mark, the last line, pieces of any size', async (t) => {
  const content = `\ufeff${line('é')}\r\n\r\n${line('🙂')}\n\n\n${line('c')}`
  for (const size of [1, 2, 3, 7, 64, 1000]) {
    const all = await readAll(inPieces(content, size))
    t.alike(texts(all), [
      [1, 'é'],
      [3, '🙂'],
      [6, 'c']
    ])
    t.is(all.bytes, Buffer.byteLength(content))
    t.alike(all.refused, [])
  }
  for (const empty of ['', '\n', '\r\n\n', '\ufeff', '  \n ']) t.alike(texts(await readAll(inPieces(empty, 1))), [])
})

test('bytes that are not UTF-8 cost their line only', async (t) => {
  const bad = [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xc0, 0xaf]]
  const parts = bad.flatMap((bytes) => [
    Buffer.from('{"text":"x'),
    Buffer.from(bytes),
    Buffer.from(`"}\n${line('é')}\n`)
  ])
  for (const size of [1, 5, 4096]) {
    const all = await readAll(inPieces(Buffer.concat(parts), size))
    t.alike(
      reasons(all),
      [1, 3, 5, 7, 9].map((number) => [number, 'the line is not UTF-8'])
    )
    t.is(all.records.length, bad.length)
  }
})

test('lines up to 1 MiB are read, longer ones are refused', async (t) => {
  const overhead = line('').length
  const fits = line('x'.repeat(2 ** 20 - overhead - '"kind":"text",'.length))
  const longest = `{"kind":"text",${' '.repeat(2 ** 20 - fits.length - 15 + 1)}${fits.slice(1)}`
  t.is(longest.length, 2 ** 20)
  const content = [longest, longest + ' ', line('x'.repeat(2 ** 21)), line('after'), 'x'.repeat(2 ** 20 + 1)].join(
    '\r\n'
  )
  for (const size of [1000, 65536, 2 ** 24]) {
    const all = await readAll(inPieces(content, size))
    t.alike(
      all.records.map((read) => read.line),
      [1, 4]
    )
    t.alike(
      reasons(all),
      [2, 3, 5].map((number) => [number, 'the line is longer than 1048576 bytes'])
    )
  }
  const escapes = file(await t.tmp(), 'a.jsonl', '{"text":"' + '\u0080'.repeat(2 ** 19 - 6) + '"}')
  t.alike(reasons(await readAll(escapes)), [[1, 'the record takes 1048589 bytes, and at most 1048576 are allowed']])
})

test('hostile lines', async (t) => {
  const deep = 100_000
  const cases: [json: string, reason: string][] = [
    ['['.repeat(deep) + ']'.repeat(deep), 'it is neither'],
    ['{"a":'.repeat(deep) + '1' + '}'.repeat(deep), 'no known shape'],
    [`{"text":"a","b":${'['.repeat(deep)}${']'.repeat(deep)}}`, 'extra nests deeper'],
    [`{"text":"a","b":${'['.repeat(deep)}`, 'not JSON'],
    [`{"messages":${'['.repeat(deep)}${']'.repeat(deep)}}`, 'messages[0] must be an object'],
    [`{"messages":[${'1,'.repeat(deep)}1]}`, 'messages[0] must be an object'],
    [`{"kind":"text","text":"a","tags":[${'1,'.repeat(deep)}1]}`, 'tags has 100001 elements'],
    [
      `{"kind":"chat","messages":[${'{"role":"user","content":""},'.repeat(5000)}{}]}`,
      'messages[5000].role must be text'
    ],
    [`{"kind":"text","text":"a",${Array.from({ length: deep / 2 }, (_, i) => `"k${i}":0`).join()}}`, 'extra takes'],
    ['{"text":"a","n":1e400}', 'extra holds a number that is out of range (at ".n")'],
    ['{"text":"a","n":-1e999999999}', 'extra holds a number'],
    ['{"kind":"text","text":"a","temperature":1e400}', 'temperature must be a finite number'],
    ['{"text":"a","__proto__":{"polluted":true}}', 'extra has a field named __proto__'],
    ['{"kind":"text","text":"a","extra":{"x":{"__proto__":1}}}', 'extra has a field named __proto__'],
    ['{"kind":"__proto__","messages":[]}', 'messages must not be empty'],
    ['{"text":"\\ud800"}', 'text holds half of a surrogate pair'],
    ['{"text":"a\u0000b"}', 'not JSON: Bad control character'],
    ['{"text":"\u001b[31m', 'not JSON: '],
    ['{"text":NaN}', 'not JSON'],
    ["{'text':'a'}", 'not JSON'],
    ['{"text":"a"}{"text":"b"}', 'not JSON'],
    ['\u0000', 'not JSON']
  ]
  const path = file(await t.tmp(), 'hostile.jsonl', cases.map(([json]) => `${json}\n${line('ok')}\n`).join(''))
  const all = await readAll(path)
  t.is(all.records.length, cases.length, 'the lines between them are read')
  for (const [i, [, reason]] of cases.entries()) {
    const refusal = all.refused[i]
    t.is(refusal?.line, 2 * i + 1)
    t.ok(refusal?.reason.startsWith(reason), `${reason}: ${refusal?.reason}`)
    t.absent(
      /[\u0000-\u001f\u007f-\u009f]/.test(refusal?.reason ?? '\n') || (refusal?.reason.length ?? 999) > 300,
      'fit to be shown'
    )
  }
  t.is(({} as { polluted?: unknown }).polluted, undefined)
})

test('of a field that is there twice the last one counts, as in every JSON parser', async (t) => {
  const all = await readAll(inPieces('{"text":"a","x":1,"text":"b","x":2}', 10))
  t.is(all.records[0]?.json, '{"kind":"text","text":"b","extra":{"x":2}}')
})

test('long integers keep their digits', async (t) => {
  const json = String.raw`{"text":"9007199254740993 \" 12345678901234567890","id":12345678901234567890,"e":1e300,"s":"12345678901234567890","deep":[{"n":-9007199254740993}],"max":9007199254740991,"f":1234567890123456.5}`
  const all = await readAll(inPieces(json, 10))
  t.alike(all.records[0]?.record, {
    kind: 'text',
    text: '9007199254740993 " 12345678901234567890',
    extra: {
      id: '12345678901234567890',
      e: 1e300,
      s: '12345678901234567890',
      deep: [{ n: '-9007199254740993' }],
      max: 9007199254740991,
      f: 1234567890123456.5
    }
  })
  const long = await readAll(
    inPieces(`{"text":${JSON.stringify('\\"'.repeat(200_000))},"id":12345678901234567890}`, 65536)
  )
  t.alike(long.records[0]?.record.extra, { id: '12345678901234567890' })
})

test('a file of 100,000 records', async (t) => {
  const path = join(await t.tmp(), 'many.jsonl')
  const random = new Random(100_000)
  const pool = Array.from({ length: 1009 }, () => checkRecord(anyRecord(random)).record!)
  await pipeline(function* () {
    for (let i = 0; i < 100_000; i++) yield jsonLine(pool[i % pool.length]!)
  }, createWriteStream(path))
  const expected = pool.map((record) => JSON.stringify(record))
  let count = 0
  for await (const { records, refused } of readRecords(path)) {
    if (refused.length > 0) return t.fail(JSON.stringify(refused[0]))
    for (const { json, line: number } of records) {
      if (json !== expected[count++ % pool.length] || number !== count) return t.fail(`line ${number}: ${json}`)
    }
  }
  t.is(count, 100_000)
})
