import type { Liveness } from './survey.js'

/**
 * What a cloud's object storage charges by its public list: Amazon S3 Standard, us-east-1, first tier, in US dollars, as
 * listed in January 2025. A figure to compare with, not an offer; taxes and requests are left out.
 */
export const CLOUD = { name: 'Amazon S3 Standard, us-east-1', as_of: '2025-01', per_gb_month: 0.023, per_gb_out: 0.09 }

export interface Costs {
  /** Bytes that the seeders store of the dataset, and that they served this month. */
  stored: number
  served: number
  /** Amounts a month that seeders' owners state, by currency. */
  stated: { [currency: string]: number }
  cloud: typeof CLOUD & {
    /** US dollars a month for one copy of the dataset, and for sending what the seeders served. */
    storage: number
    traffic: number
    total: number
  }
}

/** Adds up what a dataset's network stores and serves, what that is said to cost, and what it would cost elsewhere. */
export function costsOf({ stored, served, costs }: Liveness, bytes: number): Costs {
  const storage = round((bytes / 1e9) * CLOUD.per_gb_month)
  const traffic = round((served / 1e9) * CLOUD.per_gb_out)
  const stated = Object.fromEntries(Object.entries(costs).map(([currency, cents]) => [currency, cents / 100]))
  return { stored, served, stated, cloud: { ...CLOUD, storage, traffic, total: round(storage + traffic) } }
}

function round(dollars: number): number {
  return Math.round(dollars * 100) / 100
}
