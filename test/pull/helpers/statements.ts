import type { Random } from '../../record/random.js'

const TEXT = ['topic', 'language', 'model', 'provider', 'license', 'kind', 'volume', 'contributor', 'prompt', 'text']
export const VALUES: { readonly [column: string]: readonly string[] } = {
  topic: ['law', 'lawn', 'medicine', 'jobs', 'Über_uns', "o'clock", ''],
  language: ['en', 'de', 'fr'],
  model: ['m1', 'm2', 'M1'],
  provider: ['template', 'openai'],
  license: ['MIT', 'CC0-1.0'],
  kind: ['text', 'instruction'],
  prompt: ['p1', 'p2'],
  text: ['t1', 't2']
}
const TIMES = ['2024-01-01', '2024-03-05 12:00:00', '2024-06-30T23:59:59.999Z', '2023-12-31', '2025-01-01']
const COMPARE = ['=', '<>', '<', '<=', '>', '>=', 'IS DISTINCT FROM', 'IS NOT DISTINCT FROM']
const literal = (text: string) => `'${text.replaceAll("'", "''")}'`

/** A condition about columns of every type, with nulls, lists, patterns, ranges and nesting. */
export function condition(random: Random, prefix = '', depth = 0): string {
  if (depth < 3 && random.next() < 0.5) {
    const [one, other] = [condition(random, prefix, depth + 1), condition(random, prefix, depth + 1)]
    return random.pick([`(${one} AND ${other})`, `(${one} OR ${other})`, `NOT (${one})`, `(${one} AND ${other})`])
  }
  const column = random.pick(TEXT)
  const values = VALUES[column] ?? ['nobody', 'y'.repeat(52)]
  const value = () => literal(random.pick(values))
  const name = prefix + column
  const time = () =>
    random.pick([literal(random.pick(TIMES)), `TIMESTAMP ${literal(random.pick(TIMES).replace('Z', ''))}`])
  const at = `${prefix}created_at`
  const facet = [
    () => `${name} ${random.pick(COMPARE)} ${value()}`,
    () => `${value()} ${random.pick(['=', '<', '>='])} ${name}`,
    () => `${name} IN (${value()}, ${value()}${random.next() < 0.3 ? ', NULL' : ''})`,
    () => `${name} NOT IN (${value()}, ${value()})`,
    () => `${name} BETWEEN ${value()} AND ${value()}`,
    () => `${name} IS ${random.pick(['', 'NOT '])}NULL`,
    () =>
      `${name} ${random.pick(['', 'NOT '])}LIKE ${literal(random.pick(['la%', '%n', 'l_w%', '%', 'm_', 'en', '%o%k']))}`,
    () => `starts_with(${name}, ${literal(random.pick(['l', 'law', 'm']))})`,
    () => `upper(${name}) = ${literal('LAW')}`
  ]
  const other = [
    () => `${at} ${random.pick(COMPARE)} ${time()}`,
    () => `${at} BETWEEN ${time()} AND ${time()}`,
    () => `${at} IS ${random.pick(['', 'NOT '])}NULL`,
    () => `list_contains(${prefix}tags, ${literal(random.pick(['a', 'b', 'c']))})`,
    () => `list_has_any(${prefix}tags, ['a', 'z'])`,
    () => `list_has_all(${prefix}tags, ['a', 'b'])`,
    () => `${prefix}tags IS NULL`,
    () => `${prefix}seed ${random.pick(['>', '='])} ${random.below(8)}`,
    () => `${prefix}temperature < 0.5`,
    () => `${prefix}extra IS ${random.pick(['', 'NOT '])}NULL`,
    () => `(${prefix}extra->>'n') = ${literal(String(random.below(3)))}`,
    () => `${prefix}messages IS ${random.pick(['', 'NOT '])}NULL`,
    () => `len(${prefix}messages) > ${random.below(3)}`,
    () => `${prefix}messages[1].content LIKE ${literal(random.pick(['hi%', '%o', '%']))}`,
    () => `${prefix}${random.pick(['input_tokens', 'output_tokens'])} ${random.pick(COMPARE)} ${random.below(9)}`,
    () => random.pick(['TRUE', 'FALSE', 'NULL', '1 = 1'])
  ]
  return random.pick(random.next() < 0.5 ? facet : other)()
}

/** A whole statement, whose rows come in an order or are few. */
export function statement(random: Random): string {
  const where = () => `WHERE ${condition(random)}`
  const on = (alias: string) => condition(random, `${alias}.`)
  return random.pick([
    () => `SELECT * EXCLUDE (id) FROM records ${where()}`,
    () => `SELECT topic, prompt, text FROM records ${where()} LIMIT ${1 + random.below(20)}`,
    () => `SELECT prompt FROM records ${where()} LIMIT ${random.below(5)} OFFSET ${random.below(9)}`,
    () => `SELECT count(*) FROM records ${where()}`,
    () =>
      `SELECT topic, count(*) AS n, max(seed) FROM records ${where()} GROUP BY topic HAVING count(*) > 1 ORDER BY ALL`,
    () => `SELECT DISTINCT language, kind FROM records ${where()} ORDER BY ALL`,
    () => `SELECT r.topic, v.license FROM records r JOIN volumes v ON r.volume = v.id WHERE ${on('r')} ORDER BY ALL`,
    () =>
      `SELECT v.id, r.seed FROM volumes v LEFT JOIN records r ON r.volume = v.id AND r.topic = 'law' WHERE ${on('r')} ORDER BY ALL`,
    () => `SELECT a.seed FROM records a JOIN records b ON a.seed = b.seed WHERE ${on('a')} AND ${on('b')} ORDER BY ALL`,
    () => `SELECT seed FROM (SELECT * FROM records ${where()}) ${where()} ORDER BY ALL`,
    () =>
      `WITH x AS (SELECT topic, seed FROM records ${where()}) SELECT topic, sum(seed) FROM x GROUP BY topic ORDER BY ALL`,
    () => `SELECT seed FROM records ${where()} UNION ALL SELECT seed FROM records ${where()} ORDER BY ALL`,
    () => `SELECT seed FROM records WHERE topic IN (SELECT topic FROM records ${where()}) ORDER BY ALL`,
    () => `SELECT seed, row_number() OVER (ORDER BY seed, prompt, text) FROM records ${where()} ORDER BY ALL`
  ])()
}
