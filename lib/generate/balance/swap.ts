import { article } from '../recipe/templates.js'
import { FORMS, VERBS, type Form, type Member } from './members.js'

/** Rewrites a text about one member into the same text about the other. */
export type Swap = (text: string) => string

/** Why texts about these members can't be rewritten into each other; undefined when they can. */
export function whyNotSwappable(members: readonly Member[]): string | undefined {
  for (const [index, one] of members.entries()) {
    for (const other of members.slice(index + 1)) {
      const verb = FORMS.find((form) => VERBS.has(form) && one[form] !== other[form])
      if (verb) return `verbs agree differently with ${one.subject} and ${other.subject}`
      const missing = FORMS.find(
        (form) => !VERBS.has(form) && (one[form] === undefined) !== (other[form] === undefined)
      )
      const shared = FORMS.some((form) => !VERBS.has(form) && one[form] !== undefined && other[form] !== undefined)
      if (missing && !shared) return `${one.subject} and ${other.subject} share no form`
      for (const [from, to] of [
        [one, other],
        [other, one]
      ] as const) {
        const unclear = [...surfaces(from, to).values()].find((uses) => uses.length > 1 && !decidable(uses))
        if (unclear) return `${from.subject} has one word where ${to.subject} has several`
      }
    }
  }
  return undefined
}

interface Use {
  form: Form
  /** The word as the member spells it: a capital in it says nothing about the place in the sentence. */
  word: string
  replacement: string
}

/**
 * The rewriting of texts about `one` into texts about `other`. It goes both ways at once (he to she and she to he), so
 * that a text which names both stays a text about two different people, and rewriting twice gives the text back.
 */
export function makeSwap(one: Member, other: Member): Swap {
  const words = new Map([...surfaces(one, other), ...surfaces(other, one)])
  if (words.size === 0) return (text) => text
  const alternatives = [...words.keys()].sort((a, b) => b.length - a.length).map(escape)
  const pattern = new RegExp(
    `(?<![\\p{L}\\p{N}_])(?:(an?)(\\s+))?(${alternatives.join('|')})(?![\\p{L}\\p{N}_]|-\\p{L})`,
    'giu'
  )
  return (text) =>
    text.replace(
      pattern,
      (match, indefinite: string | undefined, space: string | undefined, word: string, offset: number) => {
        const uses = words.get(word.toLowerCase())
        if (!uses) return match
        const end = offset + match.length
        const use = choose(uses, text, end - word.length, end)
        const proper = use.word === word && /^\p{Lu}/u.test(word)
        const begins = /(?:^|[.!?:\n]["”’)]?\s*)$/.test(text.slice(Math.max(0, offset - 8), offset))
        const replacement =
          proper && !(begins && indefinite === undefined) ? use.replacement : withCase(word, use.replacement)
        if (indefinite === undefined) return replacement
        // "a Muslim" becomes "an atheist": the article is part of the word's form.
        const fixed = article(word) === article(replacement) ? indefinite : withCase(indefinite, article(replacement))
        return fixed + space + replacement
      }
    )
}

/** Each word of `from`, lower case, with what it can become in `to`. */
function surfaces(from: Member, to: Member): Map<string, Use[]> {
  const found = new Map<string, Use[]>()
  for (const form of FORMS) {
    const word = from[form]
    const replacement = to[form]
    if (VERBS.has(form) || word === undefined || replacement === undefined || word === replacement) continue
    const uses = found.get(word.toLowerCase()) ?? []
    if (!uses.some((use) => use.replacement === replacement)) uses.push({ form, word, replacement })
    found.set(word.toLowerCase(), uses)
  }
  return found
}

const PRONOUNS: readonly Form[] = ['object', 'possessive', 'possessive_pronoun']

/** One word for several forms is clear only between "her bag" and the others, by what follows. */
function decidable(uses: readonly Use[]): boolean {
  return (
    uses.length === 2 &&
    uses.some(({ form }) => form === 'possessive') &&
    uses.every(({ form }) => PRONOUNS.includes(form))
  )
}

function choose(uses: readonly Use[], text: string, start: number, end: number): Use {
  if (uses.length === 1) return uses[0]!
  const determines = isDeterminer(text.slice(Math.max(0, start - 40), start), text.slice(end, end + 80))
  return uses.find(({ form }) => (form === 'possessive') === determines) ?? uses[0]!
}

// After these, "her" or "his" does not begin a noun phrase.
const CLOSED = new Set(
  `a an the this that these those some any no each every either neither both all such what which who whom whose
  i you he she it we they me him us them myself himself herself itself ourselves themselves
  and or but nor so yet for because since unless until while when whenever where wherever if though although than as
  about above across after against along among around at before behind below beneath beside besides between beyond by
  despite down during except from in inside into like near of off on onto out outside over past through throughout to
  toward towards under underneath up upon via with within without
  is are was were be been being am has have had do does did will would shall should can could may might must
  not never again too also instead then there here now today yesterday tomorrow tonight later soon already
  just only even still anyway alone away apart aside together how why once twice immediately quickly`
    .split(/\s+/)
    .filter((word) => word !== '')
)

// "saw her leave", "let her go": after these verbs the pronoun is the subject of the bare verb that follows.
const PERCEPTION =
  /(?:^|\s)(?:let|lets|letting|make|makes|made|making|help|helps|helped|helping|saw|see|sees|seen|watch|watched|watches|hear|hears|heard)\s+$/i
const BARE_VERB =
  /^(?:go|leave|run|walk|come|do|get|take|make|give|say|tell|ask|work|speak|finish|find|feel|know|think|see|try|start|stop|stay|learn|understand|become|move|carry|lift|open|enter|return|sit|stand|choose|decide|prepare|write|read|sing|cry|laugh|smile|perform|improve|grow|succeed|keep|look|talk|play|eat|sleep|pay|use|be|have)$/i

// "keep her safe", "wish her happy birthday": after these verbs an adjective says what she is to be.
const MAKING =
  /(?:^|\s)(?:keep|keeps|kept|keeping|make|makes|made|making|wish|wishes|wished|wishing|find|finds|found|consider|considered|render|rendered|hold|held)\s+$/i
const STATE =
  /^(?:safe|happy|unhappy|sad|angry|alive|awake|warm|busy|quiet|calm|proud|responsible|accountable|comfortable|less|more|better|worse|most|least|guilty|competent|capable|qualified|interested|informed|company)$/

/** Whether a pronoun between these two pieces of text stands before its noun ("her bag") and not alone ("saw her."). */
function isDeterminer(before: string, after: string): boolean {
  const next = /^(\s+|\s*["“‘(]\s*)([\p{L}\p{N}][\p{L}\p{N}'’-]*)/u.exec(after)
  if (!next || after.startsWith('\n')) return false
  const word = next[2]!.toLowerCase()
  if (word === 'own') return true
  if (CLOSED.has(word)) return false
  const third = /^\s+([\p{L}'’-]+)/u.exec(after.slice(next[0].length))?.[1]?.toLowerCase()
  // "her back ached" but "called her back": as an adverb it ends its phrase.
  if (word === 'back' || word === 'home') return third !== undefined && !CLOSED.has(third)
  if (MAKING.test(before) && STATE.test(word)) return false
  if (PERCEPTION.test(before) && BARE_VERB.test(word)) return false
  if (
    word.endsWith('ly') &&
    !/^(?:only|early|elderly|family|daily|weekly|monthly|yearly|friendly|lovely|lively|holy|ugly|lonely|costly|reply|supply|ally|belly|bully|jelly|assembly|anomaly|timely|scholarly|likely|weakly)$/.test(
      word
    )
  ) {
    // "her newly built house" but "told her quickly": an adverb belongs to a noun phrase when one follows it.
    return third !== undefined && !CLOSED.has(third)
  }
  return true
}

function withCase(model: string, word: string): string {
  if (/^\p{Lu}{2,}$/u.test(model)) return word.toUpperCase()
  if (/^\p{Lu}/u.test(model)) return word.charAt(0).toUpperCase() + word.slice(1)
  return word
}

function escape(text: string): string {
  return text.toLowerCase().replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
