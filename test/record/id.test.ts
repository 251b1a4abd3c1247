import test from 'brittle'
import sodium from 'sodium-universal'
import z32 from 'z32'
import { canonical } from '../../lib/record/canonical.js'
import { contentOf, recordHash, recordId } from '../../lib/record/id.js'
import type { TrainingRecord } from '../../lib/record/types.js'
import { anyRecord, Random } from './random.js'

test('RFC 8785, the example of section 3.2', (t) => {
  const input = String.raw`{
    "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
    "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
    "literals": [null, true, false]
  }`
  const expected =
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
    String.raw`"string":"€$\u000f\nA'B\"\\\\\"/"}`
  t.is(canonical(JSON.parse(input)), expected)
  const bytes =
    '7b 22 6c 69 74 65 72 61 6c 73 22 3a 5b 6e 75 6c 6c 2c 74 72 75 65 2c 66 61 6c 73 65 5d 2c 22 6e 75 6d 62 65 72 73 22 3a ' +
    '5b 33 33 33 33 33 33 33 33 33 2e 33 33 33 33 33 33 33 2c 31 65 2b 33 30 2c 34 2e 35 2c 30 2e 30 30 32 2c 31 65 2d 32 37 5d ' +
    '2c 22 73 74 72 69 6e 67 22 3a 22 e2 82 ac 24 5c 75 30 30 30 66 5c 6e 41 27 42 5c 22 5c 5c 5c 5c 5c 22 2f 22 7d'
  t.is(Buffer.from(canonical(JSON.parse(input))).toString('hex'), bytes.replaceAll(' ', ''), 'section 3.2.4: its bytes')
})

test('RFC 8785, the sorting of section 3.2.3', (t) => {
  const input = String.raw`{ "\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh",
    "1": "One", "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control", "\u00f6": "Latin Small Letter O With Diaeresis" }`
  const values = [...canonical(JSON.parse(input)).matchAll(/:"([^"]+)"/g)].map((match) => match[1])
  t.alike(values, [
    'Carriage Return',
    'One',
    'Control',
    'Latin Small Letter O With Diaeresis',
    'Euro Sign',
    'Emoji: Grinning Face',
    'Hebrew Letter Dalet With Dagesh'
  ])
})

test('RFC 8785, the numbers of appendix B', (t) => {
  const samples: [ieee: string, json: string][] = [
    ['0000000000000000', '0'],
    ['8000000000000000', '0'],
    ['0000000000000001', '5e-324'],
    ['8000000000000001', '-5e-324'],
    ['7fefffffffffffff', '1.7976931348623157e+308'],
    ['ffefffffffffffff', '-1.7976931348623157e+308'],
    ['4340000000000000', '9007199254740992'],
    ['c340000000000000', '-9007199254740992'],
    ['4430000000000000', '295147905179352830000'],
    ['44b52d02c7e14af5', '9.999999999999997e+22'],
    ['44b52d02c7e14af6', '1e+23'],
    ['44b52d02c7e14af7', '1.0000000000000001e+23'],
    ['444b1ae4d6e2ef4e', '999999999999999700000'],
    ['444b1ae4d6e2ef4f', '999999999999999900000'],
    ['444b1ae4d6e2ef50', '1e+21'],
    ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
    ['3eb0c6f7a0b5ed8d', '0.000001'],
    ['41b3de4355555553', '333333333.3333332'],
    ['41b3de4355555554', '333333333.33333325'],
    ['41b3de4355555555', '333333333.3333333'],
    ['41b3de4355555556', '333333333.3333334'],
    ['41b3de4355555557', '333333333.33333343'],
    ['becbf647612f3696', '-0.0000033333333333333333'],
    ['43143ff3c1cb0959', '1424953923781206.2']
  ]
  for (const [ieee, json] of samples) t.is(canonical(Buffer.from(ieee, 'hex').readDoubleBE()), json, ieee)
  for (const ieee of ['7fffffffffffffff', '7ff0000000000000']) {
    t.ok(isRefused(Buffer.from(ieee, 'hex').readDoubleBE()), ieee)
  }
})

test('what has no canonical form is refused', (t) => {
  for (const value of ['\ud800', { '\udc00': 1 }, [undefined], () => 1, 1n]) {
    t.ok(isRefused(value), String(value))
  }
})

test('an id is the BLAKE2b-256 of the canonical content in z-base-32', (t) => {
  const record: TrainingRecord = { kind: 'preference', prompt: 'p', chosen: 'c', rejected: 'é\n' }
  const hash = Buffer.alloc(32)
  sodium.crypto_generichash(hash, Buffer.from('{"chosen":"c","kind":"preference","prompt":"p","rejected":"é\\n"}'))
  t.alike(recordHash(record), hash)
  t.is(recordId(record), z32.encode(hash))
  t.ok(/^[ybndrfg8ejkmcpqxot1uwisza345h769]{52}$/.test(recordId(record)))
})

test('an id depends on content alone, and on all of it', (t) => {
  const random = new Random(8785)
  const seen = new Map<string, string>()
  for (let i = 0; i < 2000; i++) {
    const record = anyRecord(random)
    const id = recordId(record)
    const { kind, ...content } = contentOf(record)
    const bare = Object.fromEntries(Object.entries({ ...content, kind }).toReversed()) as unknown as TrainingRecord
    if (recordId(bare) !== id) t.fail(`facets or order changed the id of ${JSON.stringify(record)}`)
    const same = canonical(contentOf(record))
    if ((seen.get(id) ?? same) !== same) t.fail(`two contents share the id ${id}`)
    seen.set(id, same)
  }
  t.ok(seen.size > 1000)
  const text: TrainingRecord = { kind: 'text', text: 'a' }
  const chat: TrainingRecord = { kind: 'chat', messages: [{ role: 'user', content: 'a' }] }
  const named: TrainingRecord = { kind: 'chat', messages: [{ role: 'user', content: 'a', name: 'Ada' }] }
  const ids = [text, chat, named, { ...text, text: 'a ' }].map((record) => recordId(record))
  t.is(new Set(ids).size, 4)
})

function isRefused(value: unknown): boolean {
  try {
    canonical(value)
    return false
  } catch (error) {
    return error instanceof TypeError && error.message.endsWith('no canonical form.')
  }
}
