import { z } from 'zod'
import { findCards } from '../pii/card.js'
import { findEmails } from '../pii/email.js'
import { MAX_HITS, type Hit } from '../pii/hit.js'
import { findIbans } from '../pii/iban.js'
import { findIps } from '../pii/ip.js'
import { findPhones } from '../pii/phone.js'
import { findSecrets, maySecret } from '../pii/secrets.js'
import { findSsns } from '../pii/ssn.js'
import type { ReasonCode } from '../reasons.js'
import type { Sample } from '../sample.js'
import type { Scan } from '../scan.js'
import { defineCheck } from '../types.js'

const options = z.strictObject({
  /** Numbers and addresses that are set aside for examples (example.com, 555-0100) are mentioned, and weigh nothing. */
  spare_examples: z.boolean().default(true)
})

interface Detector {
  readonly code: ReasonCode
  /** Says cheaply that there is nothing to find. */
  readonly possible: (scan: Scan, text: string) => boolean
  readonly find: (text: string) => Hit[]
}

// In this order: of two that find the same place, the first is believed.
const DETECTORS: readonly Detector[] = [
  { code: 'secret', possible: (scan, text) => maySecret(text, scan.longestRun), find: findSecrets },
  { code: 'pii_email', possible: (scan) => scan.at, find: findEmails },
  { code: 'pii_iban', possible: (scan) => scan.digits >= 10, find: findIbans },
  { code: 'pii_card', possible: (scan) => scan.digits >= 14, find: findCards },
  { code: 'pii_ssn', possible: (scan) => scan.digits >= 9, find: findSsns },
  { code: 'pii_ip', possible: (scan) => scan.digits >= 4, find: findIps },
  { code: 'pii_phone', possible: (scan) => scan.digits >= 7, find: findPhones }
]

/** Everything personal in a record, up to 100 places, each once, with the code of what it is. */
export function findPersonal(sample: Pick<Sample, 'all' | 'scan'>): { code: ReasonCode; hit: Hit }[] {
  const found: { code: ReasonCode; hit: Hit }[] = []
  for (const { code, possible, find } of DETECTORS) {
    if (!possible(sample.scan, sample.all)) continue
    for (const hit of find(sample.all)) {
      if (found.length === MAX_HITS) return found
      if (!found.some((other) => hit.start < other.hit.end && other.hit.start < hit.end)) found.push({ code, hit })
    }
  }
  return found
}

/** Personal data and secrets, in the content and in what stands beside it. */
export const pii = defineCheck({
  name: 'pii',
  version: 1,
  cost: 'cheap',
  needs: 'record',
  codes: {
    secret: 'refuse',
    pii_email: 'refuse',
    pii_iban: 'refuse',
    pii_card: 'refuse',
    pii_ssn: 'refuse',
    pii_ip: 'refuse',
    pii_phone: 'refuse'
  },
  options,
  prepare(set) {
    return (sample, report) => {
      for (const { code, hit } of findPersonal(sample)) {
        const spared = hit.example === true && set.spare_examples
        report({ code, field: sample.fieldAt(hit.start), detail: hit.shown, ...(spared ? { atMost: 'note' } : {}) })
      }
    }
  }
})
