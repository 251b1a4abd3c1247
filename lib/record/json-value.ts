import { RECORD_LIMITS } from './types.js'

/**
 * Says why `value` can't be the `extra` of a record, or nothing: a JSON object of at most RECORD_LIMITS.extraBytes bytes
 * that nests no deeper than a record may and holds only what JSON can say.
 */
export function extraProblem(value: unknown): string | undefined {
  if (!isPlainObject(value)) return 'must be an object'
  // The record itself is the first level.
  const walk = new Walk(RECORD_LIMITS.depth - 1)
  if (!walk.visit(value, '')) return walk.problem
  // A UTF-16 unit takes at most six bytes of JSON; only what could be too large is measured exactly.
  if (walk.units * 6 > RECORD_LIMITS.extraBytes) {
    const bytes = Buffer.byteLength(JSON.stringify(value))
    if (bytes > RECORD_LIMITS.extraBytes) {
      return `takes ${bytes} bytes, and at most ${RECORD_LIMITS.extraBytes} are allowed`
    }
  }
  return undefined
}

class Walk {
  /** Characters of JSON, roughly and never too few when times six. */
  units = 0
  problem = ''
  readonly #depth: number

  constructor(depth: number) {
    this.#depth = depth
  }

  visit(value: unknown, path: string, level = 1): boolean {
    switch (typeof value) {
      case 'string':
        this.units += value.length + 1
        return value.isWellFormed() || this.#fail(path, 'holds half of a surrogate pair')
      case 'number':
        this.units += 5
        return Number.isFinite(value) || this.#fail(path, 'holds a number that is out of range')
      case 'boolean':
        this.units += 1
        return true
      case 'object':
        return value === null || this.#container(value, path, level)
      default:
        return this.#fail(path, 'holds what JSON cannot say')
    }
  }

  #container(value: object, path: string, level: number): boolean {
    if (level > this.#depth) return this.#fail(path, `nests deeper than a record's ${RECORD_LIMITS.depth} levels`)
    this.units += 1
    if (Array.isArray(value)) {
      for (let i = 0; i < value.length; i++) {
        this.units += 1
        if (!this.visit(value[i], `${path}[${i}]`, level + 1)) return false
      }
      return true
    }
    if (!isPlainObject(value)) return this.#fail(path, 'holds what JSON cannot say')
    for (const key of Object.keys(value)) {
      this.units += key.length + 1
      // Copying such an object field by field would replace its prototype instead.
      if (key === '__proto__') return this.#fail(path, 'has a field named __proto__')
      if (!key.isWellFormed()) return this.#fail(path, 'has a field whose name holds half of a surrogate pair')
      if (!this.visit(value[key], `${path}.${key}`, level + 1)) return false
    }
    return true
  }

  #fail(path: string, what: string): false {
    this.problem = path === '' ? what : `${what} (at ${quote(path)})`
    return false
  }
}

export function isPlainObject(value: unknown): value is { [key: string]: unknown } {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** Sets a field of any name, `__proto__` too, on an object that was made from outside data. */
export function put(target: { [key: string]: unknown }, key: string, value: unknown): void {
  if (key !== '__proto__') target[key] = value
  else Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true })
}

/** Outside text for a message: one line, in quotes, shortened. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? text.slice(0, 60) + '…' : text).replace(/[\u007f-\u009f\u2028\u2029]/g, '?')
}
