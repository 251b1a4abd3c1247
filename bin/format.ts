// Numbers as people read them. Programs get the plain number, under --json.

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const

/** A size in decimal units: `512 B`, `1.25 MB`, `12.5 GB`. */
export function bytes(size: number): string {
  let value = size
  let unit = 0
  // 999.5 and more would be shown as 1000 of the smaller unit.
  while (value >= (unit === 0 ? 1000 : 999.5) && unit < UNITS.length - 1) {
    value /= 1000
    unit++
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2
  return `${value.toFixed(digits)} ${UNITS[unit]}`
}

/** Bytes a second: `11.4 MB/s`. */
export function rate(bytesPerSecond: number): string {
  return `${bytes(Number.isFinite(bytesPerSecond) ? bytesPerSecond : 0)}/s`
}

/** A length of time, in its two largest units: `850 ms`, `12 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`. */
export function duration(milliseconds: number): string {
  if (!Number.isFinite(milliseconds)) return 'unknown'
  if (milliseconds < 999.5) return `${Math.round(milliseconds)} ms`
  const seconds = Math.round(milliseconds / 1000)
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return two(Math.floor(seconds / 60), 'min', seconds % 60, 's')
  const minutes = Math.round(seconds / 60)
  if (minutes < 1440) return two(Math.floor(minutes / 60), 'h', minutes % 60, 'min')
  const hours = Math.round(minutes / 60)
  return two(Math.floor(hours / 24), 'd', hours % 24, 'h')
}

function two(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`
}

/** A count with thousands separated: `12,345`. */
export function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** A count and its noun: `1 record`, `2,312 records`. */
export function plural(value: number, one: string, many: string = one + 's'): string {
  return `${count(value)} ${value === 1 ? one : many}`
}

/** A part of a whole: `42 %`; less than one percent or not yet all is never shown as 0 % or 100 %. */
export function percent(part: number, whole: number): string {
  if (whole <= 0) return '0 %'
  const value = (100 * part) / whole
  if (value > 0 && value < 1) return '<1 %'
  return `${part < whole ? Math.min(99, Math.floor(value)) : 100} %`
}
