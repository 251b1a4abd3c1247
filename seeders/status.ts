import type { NetworkNode } from '../lib/network/node.js'
import type { Serving } from '../lib/network/serving.js'
import type { Company } from './company.js'
import type { InboxStatus } from './inbox.js'
import type { Keeper } from './keeper.js'
import type { Halt, Limits } from './limits.js'
import type { Neighbours } from './neighbours.js'
import { TARGET_COPIES } from './policy.js'
import type { Replica } from './replica.js'
import type { Room } from './room.js'
import type { Usage } from './usage.js'

/** A dataset as this seeder has it. */
export interface ReplicaStatus {
  link: string
  name: string
  /** Entries of the index that are here. */
  index: number
  /** Volumes that the owner chose, those that are here whole, and all of the dataset. */
  volumes: number
  complete: number
  listed: number
  /** Bytes of the chosen volumes, and of those that are here whole. */
  bytes: number
  bytes_complete: number
  /** Other seeders that are known. */
  seeders: number
  /** Copies of the chosen volumes, ours among them: of the rarest, on average, and how many have fewer than they should. */
  copies: { least: number; mean: number; short: number }
  fault: string | null
}

export interface SeederStatus {
  role: 'seed'
  datasets: ReplicaStatus[]
  inbox: InboxStatus
  connections: number
  /** Connections that were ended because of what the peer sent, or did not take. */
  hung_up: number
  state: Halt | 'seeding' | 'fetching'
  started_at: string
  /** Bytes. */
  disk: { used: number; quota: number; free: number }
  /** Bytes, and bytes a second. */
  traffic: {
    month: number
    served: number
    fetched: number
    left: number | null
    served_since_start: number
    up: number | null
    down: number | null
    full_speed: boolean
  }
  memory: number
  /** What keeps it from getting more, in a sentence. */
  trouble: string | null
  last_error: { message: string; at: string } | null
}

export function datasetStatus(replica: Replica, keeper: Keeper, neighbours: Neighbours): ReplicaStatus {
  const { index, listed, name, volumes, fault } = replica
  const holders = neighbours.holders(index.core.key, false)
  const copies = { least: listed.length === 0 ? 0 : Infinity, mean: 0, short: 0 }
  let complete = 0
  let bytes = 0
  let here = 0
  for (const volume of listed) {
    const held = keeper.isHeld(volume.id)
    const count = (holders.get(volume.prefix)?.length ?? 0) + Number(held)
    copies.least = Math.min(copies.least, count)
    copies.mean += count / listed.length
    if (count < TARGET_COPIES) copies.short++
    bytes += volume.bytes
    if (!held) continue
    complete++
    here += volume.bytes
  }
  return {
    link: `vdata://${index.id}`,
    name,
    index: index.core.length,
    volumes: listed.length,
    complete,
    listed: volumes,
    bytes,
    bytes_complete: here,
    seeders: neighbours.statements(index.core.key).length,
    copies,
    fault: fault?.message ?? null
  }
}

interface NodeParts {
  keeper: Keeper
  limits: Limits
  room: Room
  usage: Usage
  serving: Serving
  company: Company
  node: NetworkNode
}

/** What concerns the node, whatever its datasets. */
export function nodeStatus(parts: NodeParts): Omit<SeederStatus, 'datasets' | 'inbox' | 'started_at' | 'last_error'> {
  const { keeper, limits, room, usage, serving, company, node } = parts
  const { up, down } = limits
  return {
    role: 'seed',
    connections: node.connections.size,
    hung_up: company.hungUp,
    state: limits.halt ?? (keeper.settled ? 'seeding' : 'fetching'),
    disk: { used: room.used, quota: room.quota, free: room.free },
    traffic: {
      month: usage.month,
      served: usage.served,
      fetched: usage.fetched,
      left: limits.left,
      served_since_start: serving.bytes,
      up: Number.isFinite(up.rate) ? up.rate : null,
      down: Number.isFinite(down.rate) ? down.rate : null,
      full_speed: limits.fullSpeed
    },
    memory: process.memoryUsage().rss,
    trouble: company.alone ? ALONE : describeTrouble(keeper.trouble, room)
  }
}

/** What is said when nobody has been connected for a while. */
export const ALONE =
  "Nobody is connected: this computer's network may be down, or nobody else of the dataset is online. It goes on looking."

/** Why no more is fetched, in a sentence. */
function describeTrouble(trouble: Keeper['trouble'], { shortage, quota }: Room): string | null {
  switch (trouble) {
    case null:
      return null
    case 'nobody':
      return 'Some volumes are wanted, but nobody who is online has them; they are asked for again.'
    case 'not as listed':
      return 'A volume that came was not what the index lists; it is left alone.'
    case 'no room':
      return shortage === 'disk'
        ? 'The disk is full: nothing more is fetched, what is here is served.'
        : `The quota of ${(quota / 1e9).toFixed(1)} GB is used up: nothing more is fetched, what is here is served.`
  }
}
