/**
 * "her" is "him" or "his", and "his" is "her" or "hers". Part-of-speech taggers of the size that a command can carry guess
 * here (two that were tried got a third of the hard cases right), so these are rules of their own: closed classes of words
 * that can't begin a noun phrase after a possessive, and the verbs that take two objects or an infinitive.
 */

const set = (text: string): ReadonlySet<string> => new Set(text.split(' '))

/** Words that never follow a possessive: after one of these "her" was an object. */
const CLOSED = set(
  'a an the this that these those some any every each another no all both either neither ' +
    'to in on at for with from by about as of off into onto upon over under through during before after until till since ' +
    'against between among across along around behind beside besides beyond despite near toward towards via within without ' +
    'and or but nor yet so if when whenever while because although though unless whether than where wherever why how what ' +
    'who whom which whose that ' +
    'i you he she it we they me him us them himself herself myself itself themselves yourself my your his its our their ' +
    'is are was were be am been being do does did has have had will would can could may might must shall should ' +
    'again away back up down out there here anywhere everywhere somewhere nowhere too also either anymore anyway instead together apart home now today tonight ' +
    'tomorrow yesterday soon later afterwards already always never ever often sometimes once twice alone asleep awake well ' +
    'right not just'
)
/** Of those the ones that can follow a possessive after all, when more words follow: "her now famous book". */
const ALSO_INNER = set(
  'now once then already always never ever often well just right no all either home back out down up over'
)
const INNER_ADVERBS = set(
  'very most more less too so almost nearly rather quite newly still only own first last next then'
)

const GIVING = set(
  'give gives gave given giving offer offers offered offering tell tells told telling show shows showed shown showing send ' +
    'sends sent sending ask asks asked asking teach teaches taught teaching owe owes owed owing pay pays paid paying buy buys ' +
    'bought buying bring brings brought bringing hand hands handed handing lend lends lent lending wish wishes wished ' +
    'wishing promise promises promised promising grant grants granted granting award awards awarded awarding sell sells sold ' +
    'selling call calls called calling deny denies denied denying cost costs serve serves served serving feed feeds fed ' +
    'feeding save saves saved saving earn earns earned win wins won get gets got getting make makes made making cook cooks ' +
    'cooked bake bakes baked order orders ordered pour poured guarantee guaranteed allow allowed allows read reads'
)
const LETTING = set(
  'let lets letting make makes made making help helps helped helping watch watches watched watching see sees saw seen seeing ' +
    'hear hears heard hearing feel feels felt have had having notice noticed observe observed bid'
)
const PERCEIVING = set(
  'see sees saw seen seeing watch watches watched watching hear hears heard hearing find finds found finding catch catches ' +
    'caught catching leave leaves left keep keeps kept keeping notice notices noticed spot spotted picture pictured imagine ' +
    'imagines imagined stop stopped remember remembers remembered start started have had get got'
)
const JUDGING = set(
  'make makes made making find finds found finding keep keeps kept keeping leave leaves left leaving consider considers ' +
    'considered get gets got think thinks thought call calls called drive drives drove driven render renders rendered hold held ' +
    'believe believes believed declare declared deem deemed want wants wanted set turn turned'
)
const APPOINTING = set(
  'elect elected elects appoint appointed appoints name named names crown crowned vote voted call called make made declare ' +
    'declared nickname nicknamed'
)
const LASTING = set('take takes took taken taking cost costs last lasts lasted')
const NUMBERS = set(
  'one two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty fifty sixty hundred hundreds ' +
    'thousand thousands several many much years months weeks days hours minutes seconds ages'
)
const TITLES = set(
  'president chair captain queen king leader manager director mayor governor champion partner chairwoman'
)
/** Bare infinitives that mostly follow "let her", "made her" and the like. */
const INFINITIVES = set(
  'go come leave stay feel know do be have get see say speak talk think believe understand laugh cry smile sleep eat drink ' +
    'wait walk run sit stand work play dance sing write read learn teach win lose pay buy sell keep take make give find ' +
    'become grow move carry lift cook clean drive fly fall rise stop start begin finish try use choose decide realize realise ' +
    'remember forget wonder worry look listen watch hear pass join enter explain describe solve fix build open close answer ' +
    'prepare succeed fail improve breathe recover relax rest apologize apologise return enjoy follow lead help live die'
)
const ADJECTIVES = set(
  'happy sad angry nervous anxious proud sick ill tired busy calm safe free responsible accountable guilty innocent ready ' +
    'afraid scared uncomfortable comfortable uneasy jealous famous rich poor strong weak blind deaf pregnant unconscious ' +
    'conscious dead alive unable able likely attractive beautiful intelligent smart capable incapable competent fit unfit ' +
    'suitable interesting boring difficult easy cold warm hungry thirsty worried excited bored confused dependent independent ' +
    'brilliant clever lazy selfish generous kind stupid wonderful unhappy furious mad crazy speechless breathless homeless helpless company waiting guessing going'
)
/** People that one gives to or asks: "told her parents" is no gift of parents. */
const KIN = set(
  'parents children sons daughters brothers sisters friends colleagues students patients employees clients neighbors ' +
    'neighbours cousins aunts uncles kids teammates coworkers co-workers teachers boss mother father mom dad husband wife ' +
    'sister brother friend son daughter boyfriend girlfriend partner grandmother grandfather ' +
    'family team group class staff crew company department'
)
const MASS = set(
  'money food water time advice help information work credit permission access support hope courage strength confidence ' +
    'trouble pain joy comfort coffee tea wine bread soup breakfast lunch dinner homework medicine medication feedback ' +
    'applause guidance directions instructions flowers questions lessons luck news attention power authority proof evidence praise'
)
const RECEIVING = set('to away back up out')

/** What stands around a pronoun: lower-case words, undefined at the end of a clause. */
export interface Around {
  before: string | undefined
  after: string | undefined
  second: string | undefined
  third: string | undefined
}

/** Whether "her" is a possessive (his) and not an object (him). */
export function herIsPossessive({ before, after, second, third }: Around): boolean {
  if (after === undefined) return false
  if (after === 'own') return true
  if (after === 'her') return false
  const last = second === undefined || isClosed(second, third)
  if (after === 'very' && second === 'much') return third !== undefined && !isClosed(third, undefined)
  if (
    /^(last|next)$/.test(after) &&
    second !== undefined &&
    /^(week|month|year|night|summer|winter|spring|fall|time|monday|tuesday|wednesday|thursday|friday|saturday|sunday)$/.test(
      second
    )
  ) {
    return third !== undefined && !isClosed(third, undefined) && before === undefined
  }
  if (isClosed(after, second)) return false
  if (INNER_ADVERBS.has(after)) return !last
  if (after.endsWith('ly') && after.length > 4) return !last
  if (before === undefined) return true
  if (LASTING.has(before) && NUMBERS.has(after)) return false
  if (
    LETTING.has(before) &&
    INFINITIVES.has(after) &&
    !(
      second === undefined &&
      /^(work|answer|play|look|walk|talk|rest)$/.test(after) &&
      !/^(let|lets|made|make|makes|help|helps|helped)$/.test(before)
    )
  ) {
    return false
  }
  if (PERCEIVING.has(before) && after.endsWith('ing') && after.length > 4) return false
  if (JUDGING.has(before) && ADJECTIVES.has(after) && last) return false
  if (APPOINTING.has(before) && TITLES.has(after) && last) return false
  return !(GIVING.has(before) && isGift(after, second, third))
}

/** Whether what follows "gave her" is what was given. A single countable thing would need an article: it is hers. */
function isGift(after: string, second: string | undefined, third: string | undefined): boolean {
  const noun =
    second !== undefined && !isClosed(second, third) && isBareNoun(second) && !RECEIVING.has(second) ? second : after
  const next = noun === after ? second : third
  if (KIN.has(after) || KIN.has(noun)) return false
  if (next !== undefined && RECEIVING.has(next)) return false
  return isBareNoun(noun)
}

function isBareNoun(word: string): boolean {
  return MASS.has(word) || (/[^s']s$/.test(word) && !/(us|is|ss)$/.test(word))
}

/** Whether "his" stands for a noun of its own (hers) and not before one (her). */
export function hisStandsAlone({ after, second, before }: Around): boolean {
  if (after === undefined) return true
  if (after === 'own' || INNER_ADVERBS.has(after)) return second === undefined && after !== 'own'
  if (ALSO_INNER.has(after) && second !== undefined && !isClosed(second, undefined)) return false
  // "A friend of his called."
  if (before === 'of' && after.endsWith('ed') && (second === undefined || isClosed(second, undefined))) return true
  return isClosed(after, second) && !(before === undefined && second === undefined)
}

function isClosed(word: string, next: string | undefined): boolean {
  if (!CLOSED.has(word)) return false
  return !(ALSO_INNER.has(word) && next !== undefined && !CLOSED.has(next) && /(ed|ous|al|ful|ive|ant|ent)$/.test(next))
}
