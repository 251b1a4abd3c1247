/**
 * The RFC 8785 canonical form of a JSON value: no spaces, fields sorted by the UTF-16 units of their names, numbers and
 * strings as ECMAScript writes them, which is what the RFC prescribes.
 * @throws TypeError for what JSON or the RFC cannot say: numbers that are not finite, lone surrogates, functions.
 */
export function canonical(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return canonicalString(value)
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError('A number that is not finite has no canonical form.')
      return JSON.stringify(value)
    case 'boolean':
      return value ? 'true' : 'false'
    case 'object':
      if (value === null) return 'null'
      return Array.isArray(value) ? `[${value.map(canonical).join(',')}]` : canonicalObject(value)
    default:
      throw new TypeError(`A ${typeof value} has no canonical form.`)
  }
}

function canonicalString(text: string): string {
  if (!text.isWellFormed()) throw new TypeError('Half of a surrogate pair has no canonical form.')
  return JSON.stringify(text)
}

function canonicalObject(value: object): string {
  // Array.prototype.sort compares strings by their UTF-16 units, as the RFC asks.
  const entries = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return `{${entries.map(([name, field]) => `${canonicalString(name)}:${canonical(field)}`).join(',')}}`
}
