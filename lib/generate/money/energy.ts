/** An estimate of what requests took, and where it comes from. Grams of CO2 are null where nobody published them. */
export interface Energy {
  wattHours: number
  grams: number | null
  source: string
}

// What the providers themselves published for one text prompt of the usual size. Nothing is known of other servers.
const PUBLISHED: { [provider: string]: { wattHours: number; grams: number | null; source: string } } = {
  gemini: {
    wattHours: 0.24,
    grams: 0.03,
    source: 'median Gemini text prompt, Google, August 2025 (arXiv 2508.15734)'
  },
  openai: {
    wattHours: 0.34,
    grams: null,
    source: 'average ChatGPT query, Sam Altman, "The Gentle Singularity", June 2025'
  }
}

/** Energy and carbon of so many requests to a provider's own service; undefined where it is not known. */
export function energyOf(provider: string, ownService: boolean, requests: number): Energy | undefined {
  const published = ownService ? PUBLISHED[provider] : undefined
  if (!published) return undefined
  const { wattHours, grams, source } = published
  return { wattHours: wattHours * requests, grams: grams === null ? null : grams * requests, source }
}
