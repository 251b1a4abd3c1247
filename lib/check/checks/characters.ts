import { z } from 'zod'
import type { ReasonCode } from '../reasons.js'
import { defineCheck } from '../types.js'

const options = z.strictObject({})

// C0 but tab, line feed and carriage return; DEL; C1.
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/u
// ESC and what makes it a sequence (ECMA-48: CSI, OSC, DCS, PM, APC, SOS, character sets), or CSI and OSC as one character.
const ESCAPE = /\u001b[[\]PX^_()#%*+\-./ 0-~]|[\u009b\u009d\u0090]/u
// Marks that show text in another order than it has; spaces without width; the tags that can hide whole sentences.
const HIDDEN = /[\u202a-\u202e\u2066-\u2069\u200b\u2060-\u2064\u180e]|(?!^)\ufeff|[\u{e0001}\u{e0020}-\u{e007f}]+/gu
const FLAG = /\u{1f3f4}[\u{e0061}-\u{e007a}\u{e0030}-\u{e0039}]+\u{e007f}/gu
// The replacement character, and UTF-8 that was read as Latin-1 or Windows-1252.
const BROKEN = /\ufffd|Ã[\u0080-\u00bf]|â€[\u0080-\u00bf\u2018-\u201d\u0153\u02dc\u2122\u2020\u2021]|Â[\u00a0-\u00bf] /u

const RULES: readonly [code: ReasonCode, pattern: RegExp][] = [
  ['terminal_escape', ESCAPE],
  ['control_characters', CONTROL],
  ['broken_text', BROKEN]
]

/** Characters that a reader does not see, or that do something to the program that shows them. */
export const characters = defineCheck({
  name: 'characters',
  version: 1,
  cost: 'cheap',
  needs: 'record',
  codes: { terminal_escape: 'refuse', control_characters: 'refuse', hidden_text: 'warn', broken_text: 'note' },
  options,
  prepare() {
    return (sample, report) => {
      if (!sample.scan.suspicious) return
      const text = sample.all
      for (const [code, pattern] of RULES) {
        const found = pattern.exec(text)
        if (!found) continue
        report({ code, field: sample.fieldAt(found.index), detail: named(found[0]) })
        // An escape sequence begins with a control character; once is enough.
        if (code === 'terminal_escape') break
      }
      const visible = text.includes('\u{1f3f4}') ? text.replace(FLAG, (flag) => '.'.repeat(flag.length)) : text
      HIDDEN.lastIndex = 0
      const hidden = HIDDEN.exec(visible)
      if (hidden) report({ code: 'hidden_text', field: sample.fieldAt(hidden.index), detail: named(hidden[0]) })
    }
  }
})

/** The first character by its code point: U+001B. */
function named(found: string): string {
  return `U+${found.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`
}
