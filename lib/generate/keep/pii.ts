import { findPersonal } from '../../check/checks/pii.js'
import { scan } from '../../check/scan.js'

// Personal data that an answer may contain, found as the checks find it, so that a moderator's machine says the same
// later. Here it only flags: made-up addresses are part of many good answers.

export const PII_KINDS = ['email', 'phone', 'card', 'iban', 'ssn', 'ip', 'secret'] as const
export type PiiKind = (typeof PII_KINDS)[number]

/** The kinds of personal data in a text; what is set aside for examples (RFC 2606, 555-0100) is nobody's. */
export function findPii(text: string): PiiKind[] {
  const found = new Set<string>()
  for (const { code, hit } of findPersonal({ all: text, scan: scan(text) })) {
    if (!hit.example) found.add(code.replace(/^pii_/, ''))
  }
  return PII_KINDS.filter((kind) => found.has(kind))
}
