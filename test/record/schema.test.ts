import test from 'brittle'
import { checkRecord, fieldProblem, recordSchema } from '../../lib/record/schema.js'
import { RECORD_LIMITS } from '../../lib/record/types.js'
import { COLUMNS } from '../../lib/record/write.js'
import { anyRecord, Random } from './random.js'

const text = { kind: 'text', text: 'a' }
const chat = { kind: 'chat', messages: [{ role: 'user', content: 'hi' }] }
const pair = { kind: 'preference', prompt: '', chosen: 'a', rejected: 'b' }

function problem(value: unknown): string | undefined {
  return checkRecord(value).problem
}

test('valid records pass, with their fields in the order of the columns', (t) => {
  const random = new Random(1)
  for (let i = 0; i < 3000; i++) {
    const record = anyRecord(random)
    const shuffled = Object.fromEntries(Object.entries(record).toReversed())
    const checked = checkRecord(shuffled)
    if (!checked.record) return t.fail(`${checked.problem}: ${JSON.stringify(record)}`)
    const names = Object.keys(checked.record)
    const expected = COLUMNS.filter((column) => Object.hasOwn(record, column))
    if (names.join() !== expected.join()) return t.fail(`order ${names.join()}`)
    if (i % 100 === 0) t.alike(checked.record, record)
  }
})

test('a record must be of a kind and have what the kind has', (t) => {
  for (const value of [null, undefined, 5, 'text', [], [text], new Date(), () => text]) {
    t.is(problem(value), 'a record must be an object')
  }
  t.is(problem({}), 'kind must be one of instruction, chat, preference, text')
  t.is(problem({ kind: 'Text', text: 'a' }), 'kind must be one of instruction, chat, preference, text')
  t.is(problem({ kind: 'instruction', prompt: 'a' }), 'response is missing')
  t.is(problem({ kind: 'preference', chosen: 'a', rejected: 'b' }), 'prompt is missing')
  t.is(problem({ kind: 'text', text: null }), 'text must be a string')
  t.is(problem({ ...text, prompt: 'a' }), 'prompt is not a field of a record of kind text')
  t.is(problem({ ...text, colour: 1 }), '"colour" is not a field of a record; other data stands under extra')
  t.is(
    problem(JSON.parse('{"kind":"text","text":"a","__proto__":{}}')),
    '"__proto__" is not a field of a record; other data stands under extra'
  )
  t.ok(checkRecord(pair).record, 'a preference may have an empty prompt')
  t.ok(checkRecord({ ...text, text: '' }).record, 'text may be empty')
  t.ok(checkRecord({ ...text, text: '\u0000' }).record, 'text may hold NUL')
})

test('messages', (t) => {
  t.is(problem({ kind: 'chat', messages: [] }), 'messages must not be empty')
  t.is(problem({ kind: 'chat', messages: 'hi' }), 'messages must be a list')
  t.is(
    problem({ kind: 'chat', messages: [...chat.messages, { role: 'gpt', content: 'a' }] }),
    'messages[1].role must be one of system, developer, user, assistant, tool, function'
  )
  t.is(problem({ kind: 'chat', messages: [{ role: 'user' }] }), 'messages[0].content must be a string')
  t.is(
    problem({ kind: 'chat', messages: [{ role: 'user', content: 'a', weight: 1 }] }),
    'messages[0] has an unknown field "weight"'
  )
  t.is(
    problem({ kind: 'chat', messages: Array(4097).fill(5) }),
    'messages has 4097 elements, and at most 4096 are allowed'
  )
})

test('facets and provenance', (t) => {
  const good: [field: string, ...values: unknown[]][] = [
    ['topic', 'law', 'x'.repeat(256), 'ünï'],
    [
      'language',
      'en',
      'EN-us',
      'zh-cmn-Hans-CN',
      'sl-rozaj-biske-1994',
      'de-CH-x-phonebk',
      'az-Arab-x-AZE-derbend',
      'i-klingon',
      'en-GB-oed',
      'sr-Latn',
      'de-u-co-phonebk'
    ],
    ['tags', [], ['a'], Array(64).fill('t')],
    ['temperature', 0, 0.7, -1],
    ['seed', 0, -1, 2 ** 53 - 1],
    ['input_tokens', 0, 100],
    ['created_at', '2026-01-31T12:00:00Z', '2024-02-29T23:59:59.999Z', '0000-02-29T00:00:00Z', '2000-02-29T00:00:00Z'],
    [
      'license',
      'MIT',
      'CC-BY-4.0',
      'GPL-2.0+',
      '(MIT OR Apache-2.0)',
      'GPL-2.0-only WITH Classpath-exception-2.0',
      'LicenseRef-mine',
      'DocumentRef-a:LicenseRef-b',
      '((MIT))'
    ],
    ['terms', 'https://openai.com/policies/terms', 'http://localhost:80/a?b#c'],
    ['extra', {}, { a: null, b: [1, 'x', { c: true }] }]
  ]
  const bad: [field: string, ...values: unknown[]][] = [
    ['topic', '', 5, null, 'a\nb', 'a\u0000', '\u2028', 'x'.repeat(257), '\ud800'],
    [
      'language',
      '',
      'e',
      'en_US',
      'en-',
      'x',
      'a-b',
      'en-a',
      'toolonglang',
      'en-x',
      '1234',
      `x${'-aaaaaaaa'.repeat(8)}`
    ],
    ['tags', 'a', [5], [''], Array(65).fill('t'), ['x'.repeat(129)], {}],
    ['model', '', 5],
    ['temperature', '0.7', NaN, Infinity],
    ['seed', 1.5, '1', 2 ** 53],
    ['input_tokens', -1, 0.5, '5'],
    ['output_tokens', -1],
    [
      'created_at',
      '',
      '2026-01-31',
      '2026-01-31T12:00:00',
      '2026-01-31T12:00:00+00:00',
      '2026-01-31t12:00:00z',
      '2026-02-29T00:00:00Z',
      '1900-02-29T00:00:00Z',
      '2026-04-31T00:00:00Z',
      '2026-13-01T00:00:00Z',
      '2026-00-01T00:00:00Z',
      '2026-01-00T00:00:00Z',
      '2026-01-01T24:00:00Z',
      '2026-01-01T00:00:60Z',
      5
    ],
    ['license', '', 'Apache 2.0', 'MIT OR', 'MIT or GPL-2.0', '(MIT', 'MIT)', '()', 'MIT  OR BSD', 'x'.repeat(257)],
    [
      'terms',
      '',
      'openai.com',
      'ftp://a',
      'https://',
      'https://a b',
      'javascript:alert(1)',
      `https://a/${'x'.repeat(2048)}`
    ],
    ['extra', null, [], 'a', 5, new Date(), new Map()]
  ]
  for (const [field, ...values] of good) {
    for (const value of values) {
      t.absent(problem({ ...text, [field]: value }), `${field} ${show(value)}`)
      t.absent(fieldProblem(field as 'topic', value))
    }
  }
  for (const [field, ...values] of bad) {
    for (const value of values) {
      t.ok(problem({ ...text, [field]: value })?.startsWith(field), `${field} ${show(value)}`)
      t.ok(fieldProblem(field as 'topic', value)?.startsWith(field))
    }
  }
})

function show(value: unknown): string {
  return (JSON.stringify(value) ?? 'undefined').slice(0, 40)
}

test('extra: what JSON cannot say, names and depth', (t) => {
  const cases: [extra: unknown, problem: string][] = [
    [{ a: { b: [1, Infinity] } }, 'extra holds a number that is out of range (at ".a.b[1]")'],
    [{ a: undefined }, 'extra holds what JSON cannot say (at ".a")'],
    [{ a: 1n }, 'extra holds what JSON cannot say (at ".a")'],
    [{ a: new Date() }, 'extra holds what JSON cannot say (at ".a")'],
    [{ a: '\udc00' }, 'extra holds half of a surrogate pair (at ".a")'],
    [{ '\ud800': 1 }, 'extra has a field whose name holds half of a surrogate pair'],
    [JSON.parse('{"__proto__":{"polluted":1}}'), 'extra has a field named __proto__'],
    [JSON.parse('{"a":{"__proto__":{"polluted":1}}}'), 'extra has a field named __proto__ (at ".a")']
  ]
  for (const [extra, expected] of cases) t.is(problem({ ...text, extra }), expected)
  // The record is the first level, extra the second.
  t.absent(problem({ ...text, extra: nested(RECORD_LIMITS.depth - 1) }))
  t.ok(
    problem({ ...text, extra: nested(RECORD_LIMITS.depth) })?.startsWith("extra nests deeper than a record's 16 levels")
  )
  t.ok(problem({ ...text, extra: JSON.parse('{"a":'.repeat(100_000) + '1' + '}'.repeat(100_000)) }))
})

function nested(levels: number): unknown {
  let value: unknown = levels % 2 === 0 ? [] : {}
  for (let i = 1; i < levels; i++) value = i % 2 === 0 ? [value] : { a: value }
  return { ...(value as object) }
}

test('extra: its size is measured in bytes of its JSON, to the byte', (t) => {
  for (const unit of ['a', 'é', '漢', '🙂', '"', '\u0001']) {
    const each = Buffer.byteLength(JSON.stringify(unit)) - 2
    const room = RECORD_LIMITS.extraBytes - Buffer.byteLength('{"k":""}')
    const fits = { k: unit.repeat(Math.floor(room / each)) + 'a'.repeat(room % each) }
    t.is(Buffer.byteLength(JSON.stringify(fits)), RECORD_LIMITS.extraBytes)
    t.absent(problem({ ...text, extra: fits }))
    t.is(problem({ ...text, extra: { k: fits.k + 'a' } }), 'extra takes 16385 bytes, and at most 16384 are allowed')
  }
  const manySmall = Object.fromEntries(Array.from({ length: 4000 }, (_, i) => [i, null]))
  t.ok(problem({ ...text, extra: manySmall })?.startsWith('extra takes'))
  t.ok(problem({ ...text, extra: { k: Array(8193).fill(0) } })?.startsWith('extra takes'))
})

test('a record is at most 1 MiB of JSON, to the byte', (t) => {
  for (const unit of ['a', 'é', '🙂', '\u0001']) {
    const each = Buffer.byteLength(JSON.stringify(unit)) - 2
    const room = RECORD_LIMITS.bytes - Buffer.byteLength(JSON.stringify({ ...text, text: '' }))
    const fits = unit.repeat(Math.floor(room / each)) + 'a'.repeat(room % each)
    t.ok(checkRecord({ ...text, text: fits }).record)
    t.is(problem({ ...text, text: fits + 'a' }), 'the record takes 1048577 bytes, and at most 1048576 are allowed')
  }
  const long = { role: 'user', content: 'x'.repeat(300) }
  t.ok(problem({ kind: 'chat', messages: Array.from({ length: 4000 }, () => long) })?.startsWith('the record takes'))
  const names = { role: 'user', content: '', name: '漢'.repeat(256) }
  t.ok(problem({ kind: 'chat', messages: Array.from({ length: 4000 }, () => names) })?.startsWith('the record takes'))
})

test('a lone surrogate is refused in content too', (t) => {
  t.is(problem({ ...text, text: 'a\ud83d' }), 'text holds half of a surrogate pair')
  t.is(problem({ ...pair, chosen: '\ude00' }), 'chosen holds half of a surrogate pair')
  t.ok(checkRecord({ ...text, text: '\ud83d\ude00' }).record)
})

test('the schema alone agrees with checkRecord on everything but size', (t) => {
  const random = new Random(4)
  let refused = 0
  for (let i = 0; i < 3000; i++) {
    const record: { [field: string]: unknown } = { ...anyRecord(random) }
    const field = random.pick(COLUMNS)
    record[field] = random.pick([undefined, null, 5, '', 'en', [], {}, ['a'], '2026-01-31T12:00:00Z', true])
    const { problem: found } = checkRecord(record)
    if (recordSchema.safeParse(record).success !== (found === undefined)) return t.fail(JSON.stringify(record))
    if (found !== undefined) refused++
    if (found !== undefined && !/^("|[a-z])/.test(found)) return t.fail(found)
  }
  t.ok(refused > 500 && refused < 2900)
})
