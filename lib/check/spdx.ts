/**
 * Whether what an SPDX expression offers can be had under accepted licences: one side of an OR, both sides of an AND. An
 * exception is accepted with its licence (`GPL-3.0-only WITH Classpath-exception-2.0` where `GPL-3.0-only` is), because it only permits more.
 * @returns false for what is not an expression
 */
export function satisfies(expression: string, accepted: ReadonlySet<string>): boolean {
  const known = new Set([...accepted].map((name) => name.toLowerCase()))
  const tokens = expression.match(/[()]|[^\s()]+/g) ?? []
  let at = 0
  const next = () => tokens[at]?.toUpperCase()

  function either(): boolean {
    let result = both()
    while (next() === 'OR') {
      at++
      result = both() || result
    }
    return result
  }
  function both(): boolean {
    let result = one()
    while (next() === 'AND') {
      at++
      result = one() && result
    }
    return result
  }
  function one(): boolean {
    const token = tokens[at++]
    if (token === '(') {
      const result = either()
      if (tokens[at++] !== ')') return fail()
      return result
    }
    if (token === undefined || token === ')') return fail()
    let result = known.has(token.toLowerCase())
    if (next() === 'WITH') {
      at++
      const exception = tokens[at++]
      if (exception === undefined) return fail()
      result = result || known.has(`${token} with ${exception}`.toLowerCase())
    }
    return result
  }
  function fail(): boolean {
    at = tokens.length + 1
    return false
  }

  const result = either()
  return result && at === tokens.length
}
