import type { Costs } from '../seeders/costs.js'
import { TARGET_COPIES } from '../seeders/policy.js'
import type { Liveness } from '../seeders/survey.js'
import type { Speed } from '../seeders/speed.js'
import { bytes, duration, plural, rate } from './format.js'
import { table } from './table.js'

/** Volumes short of copies that are named for people; --json has all. */
const NAMED = 5

/** How alive a dataset is, as a table. */
export function describeLiveness({ seeders, copies, stored, served }: Liveness, speeds: readonly Speed[]): string {
  const short = Object.entries(copies.of)
    .filter(([, count]) => count < TARGET_COPIES)
    .sort(([, a], [, b]) => a - b)
  const named = short.slice(0, NAMED).map(([id, count]) => `${id.slice(0, 8)}… (${count})`)
  return table([
    ['seeders', `${plural(seeders, 'seeder')} storing ${bytes(stored)}, ${bytes(served)} served this month`],
    ['copies', `${copies.mean.toFixed(1)} of a volume on average, ${copies.least} of the rarest`],
    ...(short.length > 0
      ? [['short', `${plural(short.length, 'volume')}: ${named.join(', ')}${short.length > NAMED ? ', …' : ''}`]]
      : []),
    ...speeds.slice(0, NAMED).map((speed, nth) => [nth === 0 ? 'speed' : '', describeSpeed(speed)]),
    ...(speeds.length > NAMED ? [['', `… and ${plural(speeds.length - NAMED, 'more seeder')}`]] : [])
  ])
}

function describeSpeed({ seeder, round_trip: trip, audit }: Speed): string {
  const away = trip === null ? 'connected' : `${duration(trip)} away`
  if (!audit) return `${seeder.slice(0, 8)}… ${away}, not yet audited (vdata seed audit)`
  const fast = audit.rate === null ? '' : `, ${rate(audit.rate)}`
  return `${seeder.slice(0, 8)}… ${away}, answered ${audit.answered} of ${audit.asked}${fast} on ${audit.at.slice(0, 10)}`
}

export function describeCosts({ stored, served, stated, cloud }: Costs): string {
  const owners = Object.entries(stated).map(([currency, amount]) => `${amount.toFixed(2)} ${currency}`)
  const dollars = (amount: number) => `${amount.toFixed(2)} USD`
  return table([
    ['stored', `${bytes(stored)} at seeders`],
    ['served', `${bytes(served)} this month, over all datasets of these seeders`],
    ['stated', owners.length > 0 ? `${owners.join(' + ')} a month, by the seeders' owners` : 'nothing, by nobody'],
    [
      'elsewhere',
      `${dollars(cloud.total)} a month: ${dollars(cloud.storage)} for one copy, ${dollars(cloud.traffic)} for sending`
    ],
    ['', `(${cloud.name}, list price of ${cloud.as_of})`]
  ])
}
