import { InvalidArgumentError } from 'commander'

/** Parses a whole number of an option. */
export function numberOption(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (text.trim() !== '' && Number.isInteger(value) && value >= least && value <= most) return value
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`)
  }
}

const UNITS: { readonly [unit: string]: number } = { '': 1, b: 1, kb: 1e3, mb: 1e6, gb: 1e9, tb: 1e12 }

/** Parses a size such as `500MB` or `1.5 GB`: decimal units, as disks are sold. */
export function sizeOption(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim())
  const unit = UNITS[match?.[2]?.toLowerCase() ?? '-']
  if (match && unit !== undefined) return Math.floor(Number(match[1]) * unit)
  throw new InvalidArgumentError('It must be a size such as 500MB or 20GB.')
}

/** Collects an option that may be given several times. */
export function collect(value: string, before: string[] = []): string[] {
  return [...before, value]
}
