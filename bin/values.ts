import { InvalidArgumentError } from 'commander'

// Parsers for the values of options: command.option('-n <count>', '…', wholeNumber()).

/** A whole number within bounds; what is not one is a usage error that says the bounds. */
export function wholeNumber(min = 1, max = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = /^-?\d+$/.test(text) ? Number(text) : NaN
    if (value >= min && value <= max) return value
    const bounds = max === Number.MAX_SAFE_INTEGER ? `of ${min} or more` : `from ${min} to ${max}`
    throw new InvalidArgumentError(`It must be a whole number ${bounds}.`)
  }
}

const UNITS: { readonly [unit: string]: number } = {
  '': 1,
  k: 1e3,
  m: 1e6,
  g: 1e9,
  t: 1e12,
  ki: 2 ** 10,
  mi: 2 ** 20,
  gi: 2 ** 30,
  ti: 2 ** 40
}

/** A size in bytes: `500000`, `500kB`, `10 GB`, `1.5GiB`. */
export function byteSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([kmgt]i?)?b?$/i.exec(text.trim())
  const factor = UNITS[match?.[2]?.toLowerCase() ?? '']
  const value = Math.round(Number(match?.[1]) * (factor ?? NaN))
  if (Number.isSafeInteger(value)) return value
  throw new InvalidArgumentError('It must be a size such as 500MB, 10GB or 1.5GiB.')
}

/** Collects an option that may be given several times. */
export function collect(value: string, before: string[] = []): string[] {
  return [...before, value]
}

/** A share of a whole: `0.1` or `10%`, more than nothing and at most all. */
export function share(text: string): number {
  const match = /^(\d*\.?\d+)\s*(%)?$/.exec(text.trim())
  const value = Number(match?.[1]) / (match?.[2] ? 100 : 1)
  if (value > 0 && value <= 1) return value
  throw new InvalidArgumentError('It must be a share such as 0.1 or 10%.')
}
