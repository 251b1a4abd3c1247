// What a network of seeders does with the policy that the real one runs: seeders/policy.ts, round after round, each seeder
// knowing the others as they were some rounds ago.
//
//   node dist/test/bench/seed-simulation.js [seeders] [volumes] [rounds]
import process from 'node:process'
import { pathToFileURL } from 'node:url'
import { decide, weight, type Candidate, type KeyNumbers } from '../../seeders/policy.js'

export interface SimulationOptions {
  seeders: number
  volumes: number
  /** Room in the whole network, as a multiple of all volumes. */
  copies: number
  /** Part of the seeders that dies at half time. */
  dying?: number
  rounds?: number
  /** Rounds until others learn what a seeder holds: evenly from 1 to this. */
  delay?: number
  /** The part of the other seeders that each knows of. */
  sight?: number
  seed?: number
  onRound?: (round: Round) => void
}

export interface Round {
  round: number
  alive: number
  /** Copies of the volumes: fewest, mean, standard deviation. */
  least: number
  mean: number
  deviation: number
  /** Volumes without a copy. */
  lost: number
  fetched: number
  cleared: number
}

interface Volume {
  key: KeyNumbers
  bytes: number
}

interface Seeder {
  key: KeyNumbers
  capacity: number
  alive: boolean
  held: Map<number, number>
  lacking: Map<number, number>
  /** What others see. */
  shown: Set<number>
  showAt: number
  sees: Uint8Array
}

/** A round stands for this long: a seeder looks at the network twice a minute. */
const ROUND = 30_000

export function simulate(options: SimulationOptions): Round[] {
  const { rounds = 40, delay = 3, sight = 1, dying = 0 } = options
  const random = mulberry(options.seed ?? 1)
  const volumes: Volume[] = times(options.volumes, () => ({ key: key(random), bytes: 1 + Math.floor(random() * 4) }))
  const total = volumes.reduce((sum, { bytes }) => sum + bytes, 0)
  const shares = times(options.seeders, () => 0.25 + random() * 2)
  const all = shares.reduce((sum, share) => sum + share, 0)
  const seeders: Seeder[] = shares.map((share) => ({
    key: key(random),
    capacity: Math.floor((share / all) * total * options.copies),
    alive: true,
    held: new Map(),
    lacking: new Map(),
    shown: new Set(),
    showAt: 0,
    sees: Uint8Array.from({ length: options.seeders }, () => (random() < sight ? 1 : 0))
  }))
  const history: Round[] = []
  for (let round = 0; round < rounds; round++) {
    if (round === Math.floor(rounds / 2)) for (const seeder of seeders) seeder.alive &&= random() >= dying
    let fetched = 0
    let cleared = 0
    const alive = seeders.filter((seeder) => seeder.alive)
    const holders: number[][] = volumes.map(() => [])
    for (const [index, seeder] of seeders.entries()) {
      if (seeder.alive) for (const volume of seeder.shown) holders[volume]!.push(index)
    }
    for (const seeder of shuffled(alive, random)) {
      const { fetch, clear } = decide(viewOf(seeder, { seeders, volumes, holders, now: round * ROUND }))
      for (const { index } of clear) seeder.held.delete(index)
      for (const { index } of fetch) seeder.held.set(index, round * ROUND)
      fetched += fetch.length
      cleared += clear.length
    }
    for (const seeder of alive) {
      if (seeder.showAt > round) continue
      seeder.shown = new Set(seeder.held.keys())
      seeder.showAt = round + 1 + Math.floor(random() * delay)
    }
    const measured = { round, ...measure(alive, volumes.length), fetched, cleared }
    history.push(measured)
    options.onRound?.(measured)
  }
  return history
}

interface Known {
  seeders: Seeder[]
  volumes: Volume[]
  holders: number[][]
  now: number
}

function viewOf(seeder: Seeder, { seeders, volumes, holders, now }: Known) {
  const seen = (index: number) => seeder.sees[index] === 1 && seeders[index] !== seeder
  const others = seeders.filter((other, index) => other.alive && seen(index))
  const candidates = volumes.map((volume, index): Candidate & { index: number } => {
    const known = holders[index]!.filter(seen)
    if (known.length > 0) seeder.lacking.delete(index)
    else if (!seeder.lacking.has(index)) seeder.lacking.set(index, now)
    return {
      index,
      key: volume.key,
      bytes: volume.bytes,
      held: seeder.held.has(index),
      heldSince: seeder.held.get(index) ?? 0,
      others: known.length,
      holders: () => known.map((other) => seeders[other]!.key),
      seeders: others,
      lackingSince: seeder.lacking.get(index) ?? null
    }
  })
  return { self: seeder.key, volumes: candidates, capacity: seeder.capacity, seeders: others, now }
}

function measure(seeders: Seeder[], count: number): Omit<Round, 'round' | 'fetched' | 'cleared'> {
  const copies = new Float64Array(count)
  for (const { held } of seeders) for (const volume of held.keys()) copies[volume]!++
  const mean = copies.reduce((sum, each) => sum + each, 0) / count
  const variance = copies.reduce((sum, each) => sum + (each - mean) ** 2, 0) / count
  return {
    alive: seeders.length,
    least: copies.reduce((least, each) => Math.min(least, each), Infinity),
    mean,
    deviation: Math.sqrt(variance),
    lost: copies.filter((each) => each === 0).length
  }
}

/** The mean part of volumes that would lie elsewhere after one seeder more came: rendezvous hashing promises 1/(n+1). */
export function moved(seeders: number, volumes: number, seed = 1): number {
  const random = mulberry(seed)
  const nodes = times(seeders + 1, () => key(random))
  let count = 0
  for (let i = 0; i < volumes; i++) {
    const volume = key(random)
    const weights = nodes.map((node) => weight(node, volume))
    if (weights.indexOf(Math.max(...weights)) === seeders) count++
  }
  return count / volumes
}

function times<T>(count: number, make: () => T): T[] {
  return Array.from({ length: count }, make)
}

function key(random: () => number): KeyNumbers {
  return [Math.floor(random() * 2 ** 32), Math.floor(random() * 2 ** 32)]
}

function shuffled<T>(items: T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item)
}

/** A small seeded generator (Mulberry32), so that every run is the same. */
function mulberry(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

function main(): void {
  const [seeders = 1000, volumes = 10_000, rounds = 40] = process.argv.slice(2).map(Number)
  for (const scene of [
    { copies: 2, dying: 0.2, sight: 1 },
    { copies: 5, dying: 0.5, sight: 1 },
    { copies: 2, dying: 0.2, sight: 0.2 }
  ]) {
    process.stdout.write(JSON.stringify({ seeders, volumes, ...scene }) + '\n')
    simulate({
      seeders,
      volumes,
      rounds,
      ...scene,
      onRound: (round) => process.stdout.write(JSON.stringify(round) + '\n')
    })
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main()
