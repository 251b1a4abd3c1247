import test from 'brittle'
import c from 'compact-encoding'
import crypto from 'hypercore-crypto'
import {
  ANSWERS,
  answerEncoding,
  MAX_OFFER_BYTES,
  offerEncoding,
  signOffer,
  verifyOffer,
  welcomeEncoding,
  type Offer
} from '../../../lib/network/inbox/offer.js'

const contributor = crypto.keyPair()

function anOffer(): Offer {
  const [index, volume] = [crypto.randomBytes(32), crypto.randomBytes(32)]
  return signOffer({ index, volume, length: 16_384, bytes: 3e9, records: 7e8, expiry: 4e9 }, contributor)
}

test('an offer survives the wire, and is small', (t) => {
  const offer = anOffer()
  const bytes = c.encode(offerEncoding, offer)
  t.ok(bytes.length < 256 && bytes.length <= MAX_OFFER_BYTES, `${bytes.length} bytes`)
  t.alike(c.decode(offerEncoding, bytes), offer)
  t.ok(verifyOffer(c.decode(offerEncoding, bytes)))
})

test('a decoded offer keeps no frame alive', (t) => {
  const frame = Buffer.alloc(1_000_000)
  const bytes = c.encode(offerEncoding, anOffer())
  bytes.copy(frame)
  const offer = c.decode(offerEncoding, frame.subarray(0, bytes.length))
  for (const part of [offer.index, offer.volume, offer.contributor, offer.signature]) {
    t.ok(part.buffer.byteLength < frame.length)
  }
})

test('the signature covers every field', (t) => {
  const offer = anOffer()
  t.ok(verifyOffer(offer))
  const numbers = ['length', 'bytes', 'records', 'expiry'] as const
  for (const field of numbers) t.absent(verifyOffer({ ...offer, [field]: offer[field] + 1 }), field)
  for (const field of ['index', 'volume', 'contributor', 'signature'] as const) {
    for (const at of [0, offer[field].length - 1]) {
      const changed = Buffer.from(offer[field])
      changed[at]! ^= 1
      t.absent(verifyOffer({ ...offer, [field]: changed }), `${field}, byte ${at}`)
    }
  }
  const swapped = { ...offer, length: offer.records, records: offer.length }
  t.absent(verifyOffer(swapped), 'fields cannot take each other’s place')
})

test('what is signed is nothing but an offer', (t) => {
  const offer = anOffer()
  const { signature, ...fields } = offer
  const bytes = c.encode(offerEncoding, { ...fields, signature })
  const plain = crypto.sign(crypto.hash(bytes.subarray(0, -64)), contributor.secretKey)
  t.absent(verifyOffer({ ...fields, signature: plain }), 'the signature has a domain of its own')
})

test('numbers that JavaScript cannot hold, and offers cut short anywhere, are refused', async (t) => {
  const bytes = c.encode(offerEncoding, anOffer())
  for (let end = 0; end < bytes.length; end++) {
    await t.exception(async () => void c.decode(offerEncoding, bytes.subarray(0, end)), undefined, `${end} bytes`)
  }
  const huge = Buffer.concat([Buffer.alloc(96), Buffer.alloc(9 * 4, 0xff), Buffer.alloc(64)])
  await t.exception(async () => void c.decode(offerEncoding, huge), /out of range|uint/i)
  await t.exception(async () => void c.decode(offerEncoding, Buffer.alloc(MAX_OFFER_BYTES + 1)), /too large/)
})

test('answers survive the wire; codes that no moderator would write do not', async (t) => {
  const [index, volume] = [crypto.randomBytes(32), crypto.randomBytes(32)]
  for (const status of ANSWERS) {
    const answer = { index, volume, status, code: 'wrong_count' }
    t.alike(c.decode(answerEncoding, c.encode(answerEncoding, answer)), answer)
  }
  for (const code of ['\u001b[2J', 'Capital', 'a'.repeat(65), 'two words', '\u202e']) {
    const bytes = c.encode(answerEncoding, { index, volume, status: 'rejected', code })
    await t.exception(
      async () => void c.decode(answerEncoding, bytes),
      /Unknown answer|too large/,
      JSON.stringify(code)
    )
  }
  const unknown = c.encode(answerEncoding, { index, volume, status: 'queued', code: '' })
  unknown[64] = ANSWERS.length
  await t.exception(async () => void c.decode(answerEncoding, unknown), /Unknown answer/)
})

test('100000 random bytes are refused or read, and never make more than an error of the codec', (t) => {
  const good = c.encode(offerEncoding, anOffer())
  let read = 0
  for (let i = 0; i < 100_000; i++) {
    const bytes = i % 2 ? crypto.randomBytes(i % 300) : Buffer.from(good)
    if (i % 2 === 0) bytes[96 + (i % 24)] = i % 256
    for (const encoding of [offerEncoding, answerEncoding, welcomeEncoding]) {
      try {
        c.decode<unknown>(encoding, bytes)
        read++
      } catch (error) {
        if (!(error instanceof Error)) t.fail(String(error))
      }
    }
  }
  t.ok(read > 0 && read < 300_000, `${read} of 300000 could be read`)
})

test('a welcome leaves room for later versions', (t) => {
  for (const accepts of [true, false])
    t.alike(c.decode(welcomeEncoding, c.encode(welcomeEncoding, { accepts })), { accepts })
  t.alike(c.decode(welcomeEncoding, Buffer.from([0b1111_1111, 1, 2, 3])), { accepts: true })
})
