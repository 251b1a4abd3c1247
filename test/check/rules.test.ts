import { test } from 'brittle'
import { isReasonCode, REASON_CODES, reasonOfFault } from '../../lib/check/reasons.js'
import { CHECKS, checkRules, rulesDigest } from '../../lib/check/rules.js'
import { VdataError } from '../../lib/errors.js'
import { checked, textRecord } from './helpers/findings.js'

test('rules: levels, codes and checks that are off, limits', async (t) => {
  const records = Array.from({ length: 10 }, (_, i) =>
    textRecord(i < 3 ? `Mail to a${i}@acme.org.` : `A plain text with number ${'z'.repeat(i)}.`)
  )
  const strict = await checked(records)
  t.alike([strict.level, strict.refused], ['refuse', [[0, 2]]])
  t.alike(strict.exceeded, [
    { code: 'pii_email', records: 3, limit: 0.02 },
    { code: 'too_many', records: 3, limit: 0.05 }
  ])
  const patient = await checked(records, { refused: { each: 0.3, all: 0.3 } })
  t.alike([patient.level, patient.refused, patient.exceeded], ['refuse', [[0, 2]], []], 'three of ten may be refused')
  const lenient = await checked(records, { checks: { pii: { levels: { pii_email: 'warn' } } } })
  t.alike([lenient.level, lenient.refused], ['warn', []])
  const limited = await checked(records, {
    limits: { pii_email: 0.2 },
    checks: { pii: { levels: { pii_email: 'warn' } } }
  })
  t.alike([limited.level, limited.refused], ['refuse', []], 'refused as a whole')
  t.alike(limited.exceeded, [{ code: 'pii_email', records: 3, limit: 0.2 }])
  t.alike((await checked(records, { checks: { pii: { levels: { pii_email: 'off' } } } })).findings, [])
  const without = await checked(records, { checks: { pii: { off: true } } })
  t.alike(without.findings, [])
  t.absent('pii' in without.checks)
  t.unlike(rulesDigest(checkRules()), rulesDigest(checkRules({ checks: { pii: { off: true } } })))
})

test('a volume passes with few refused records, of one reason and in all', async (t) => {
  const numbers = Array.from({ length: 200 }, (_, i) => i)
  const withFaults = (faults: readonly string[]) =>
    checked(numbers.map((i) => textRecord(`Text ${String(i)} is ${'z'.repeat(i + 1)}. ${faults[i] ?? ''}`)))
  const mails = (n: number) => numbers.slice(0, n).map((i) => `Mail to a${i}@acme.org.`)
  const escapes = (n: number) => Array.from({ length: n }, () => 'Bold: \u001b[1m.')
  const keys = (n: number) => Array.from({ length: n }, () => 'Number 4111 1111 1111 1111.')
  t.alike((await withFaults(mails(4))).exceeded, [], 'two percent')
  t.alike((await withFaults(mails(5))).exceeded, [{ code: 'pii_email', records: 5, limit: 0.02 }])
  t.alike((await withFaults([...mails(4), ...escapes(4), ...keys(2)])).exceeded, [], 'five percent in all')
  t.alike((await withFaults([...mails(4), ...escapes(4), ...keys(3)])).exceeded, [
    { code: 'too_many', records: 11, limit: 0.05 }
  ])
})

test('rules of a form that this version does not know are refused', (t) => {
  for (const bad of [
    null,
    [],
    { levels: {} },
    { checks: { magic: {} } },
    { checks: { pii: { future: 1 } } },
    { limits: { nonsense: 1 } },
    { checks: { pii: { levels: { spam: 'note' } } } }
  ]) {
    let error: unknown
    try {
      checkRules(bad)
    } catch (thrown) {
      error = thrown
    }
    t.ok(error instanceof VdataError && error.code === 'BAD_RULES', JSON.stringify(bad))
  }
  t.alike(checkRules(JSON.parse(JSON.stringify(checkRules()))), checkRules(), 'complete rules are rules')
})

test('every code that a check reports is a reason, and no two checks share one', (t) => {
  const codes = CHECKS.flatMap((check) => Object.keys(check.codes))
  t.alike(
    codes.filter((code) => !isReasonCode(code)),
    []
  )
  t.is(new Set(codes).size, codes.length)
  t.ok(REASON_CODES.every((code) => /^[a-z]+(?:_[a-z]+)*$/.test(code)))
  t.is(reasonOfFault('NOT_JSON'), 'format')
  t.is(reasonOfFault('of tomorrow'), 'bad_volume')
  t.is(reasonOfFault('toString'), 'bad_volume')
})
