import type { ListedVolume } from '../lib/dataset/reader.js'
import type { Where } from '../lib/record/where.js'

/** Which of a dataset's volumes the owner wants to keep; nothing said: all of them. */
export interface Choice {
  /** Volumes in which some record meets every condition, as far as the index counts its values. */
  where?: readonly Where[]
  /** Volumes of one of these contributors, public keys in z-base-32. */
  contributors?: readonly string[]
}

export function isChosen({ entry }: Pick<ListedVolume, 'entry'>, { where = [], contributors = [] }: Choice): boolean {
  if (contributors.length > 0 && !contributors.includes(entry.contributor)) return false
  return where.every(({ field, values }) => {
    const counts = entry.facets[field]?.values ?? {}
    return values.some((value) => (Object.hasOwn(counts, value) ? counts[value]! > 0 : isLicense(field, value, entry)))
  })
}

/** The volume's own licence holds for records that name none. */
function isLicense(field: string, value: string, entry: ListedVolume['entry']): boolean {
  return field === 'license' && entry.license === value
}
