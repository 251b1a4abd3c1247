import { randomBytes } from 'node:crypto'
import test from 'brittle'
import c from 'compact-encoding'
import crypto from 'hypercore-crypto'
import {
  MAX_NAMED,
  MAX_STATEMENT_BYTES,
  signStatement,
  statementEncoding,
  verifyStatement
} from '../../../lib/network/seeder/statement.js'

const keyPair = crypto.keyPair(Buffer.alloc(32, 1))

function statement(named = 3, cost: { cents: number; currency: string } | null = { cents: 550, currency: 'EUR' }) {
  const prefixes = Array.from({ length: named }, () => randomBytes(8))
  const figures = { at: Date.now(), capacity: 5e10, stored: 123, month: 202611, served: 9e12 }
  return signStatement({ index: randomBytes(32), ...figures, cost, held: prefixes, coming: [randomBytes(8)] }, keyPair)
}

test('a statement comes back as it was, and proves who made it', (t) => {
  for (const made of [statement(), statement(0, null)]) {
    const read = c.decode(statementEncoding, c.encode(statementEncoding, made))
    t.alike(read, made)
    t.ok(verifyStatement(read))
    t.absent(verifyStatement({ ...read, served: read.served + 1 }))
    t.absent(verifyStatement({ ...read, held: [...read.held, randomBytes(8)] }))
    t.absent(verifyStatement({ ...read, cost: { cents: 1, currency: 'EUR' } }))
  }
})

test('the largest statement fits, and names no more than that', (t) => {
  const made = statement(MAX_NAMED + 10)
  t.is(made.held.length, MAX_NAMED)
  t.is(made.coming.length, 0)
  t.ok(c.encode(statementEncoding, made).byteLength <= MAX_STATEMENT_BYTES)
  t.ok(verifyStatement(made))
})

test('no bytes end a reader otherwise than by a plain error', (t) => {
  const whole = c.encode(statementEncoding, statement())
  for (let i = 0; i < 100_000; i++) {
    let bytes = i % 2 === 0 ? randomBytes(i % 300) : Buffer.from(whole)
    if (i % 2 === 1) {
      bytes[Math.floor(Math.random() * bytes.length)] = Math.floor(Math.random() * 256)
      if (i % 4 === 1) bytes = bytes.subarray(0, Math.floor(Math.random() * bytes.length))
    }
    try {
      const read = c.decode(statementEncoding, bytes)
      if (i % 16 === 1 && verifyStatement(read) && !bytes.equals(whole)) t.fail('a forgery')
    } catch (error) {
      if ((error as Error).constructor !== Error && !(error instanceof RangeError)) t.fail(String(error))
    }
  }
  t.pass()
})

test('a count that promises more than came allocates nothing', (t) => {
  const made = c.encode(statementEncoding, statement(0, null))
  // The count of volumes held stands after two keys, five numbers and the flag.
  const liar = Buffer.concat([made.subarray(0, made.length - 64 - 10), Buffer.from([0xfd, 0xff, 0xff])])
  t.exception(() => c.decode(statementEncoding, liar))
})
