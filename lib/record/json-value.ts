import { RECORD_LIMITS } from './types.js'

/**
 * Says why `value` can't be the `extra` of a record, or nothing: a JSON object of at most RECORD_LIMITS.extraBytes bytes
 * that nests no deeper than a record may and holds only what JSON can say.
 */
export function extraProblem(value: unknown): string | undefined {
  if (!isPlainObject(value)) return 'must be an object'
  // The record itself is the first level.
  const walk = new Walk(RECORD_LIMITS.depth - 1)
  if (!walk.visit(value)) return walk.problem
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
  /** Characters of JSON: roughly, but times six never too few. */
  units = 0
  #what = ''
  #path = ''
  readonly #depth: number

  constructor(depth: number) {
    this.#depth = depth
  }

  get problem(): string {
    return this.#path === '' ? this.#what : `${this.#what} (at ${quote(this.#path)})`
  }

  visit(value: unknown, level = 1): boolean {
    switch (typeof value) {
      case 'string':
        this.units += value.length + 1
        return value.isWellFormed() || this.#fail('holds half of a surrogate pair')
      case 'number':
        this.units += 5
        return Number.isFinite(value) || this.#fail('holds a number that is out of range')
      case 'boolean':
        this.units += 1
        return true
      case 'object':
        this.units += 1
        if (value === null) return true
        if (level > this.#depth) return this.#fail(`nests deeper than a record's ${RECORD_LIMITS.depth} levels`)
        if (Array.isArray(value)) return this.#array(value, level)
        return isPlainObject(value) ? this.#object(value, level) : this.#fail('holds what JSON cannot say')
      default:
        return this.#fail('holds what JSON cannot say')
    }
  }

  #array(value: unknown[], level: number): boolean {
    for (let i = 0; i < value.length; i++) {
      this.units += 1
      if (!this.visit(value[i], level + 1)) return this.#inside(`[${i}]`)
    }
    return true
  }

  #object(value: { [key: string]: unknown }, level: number): boolean {
    for (const key of Object.keys(value)) {
      this.units += key.length + 1
      // Whoever copies such an object field by field would set the copy's prototype instead.
      if (key === '__proto__') return this.#fail('has a field named __proto__')
      if (!key.isWellFormed()) return this.#fail('has a field whose name holds half of a surrogate pair')
      if (!this.visit(value[key], level + 1)) return this.#inside(`.${key}`)
    }
    return true
  }

  #fail(what: string): false {
    this.#what = what
    return false
  }

  /** On the way back from what was wrong, each level adds its step. */
  #inside(step: string): false {
    this.#path = step + this.#path
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
