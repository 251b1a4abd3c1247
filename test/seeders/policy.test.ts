import test from 'brittle'
import { decide, feasibleCopies, weight, type Candidate, type View } from '../../seeders/policy.js'
import { moved, simulate } from '../bench/seed-simulation.js'

const SELF = [1, 1] as const

function candidate(key: number, facts: Partial<Candidate> = {}): Candidate {
  const base = {
    bytes: 10,
    held: false,
    heldSince: -1e9,
    others: 0,
    holders: () => [],
    seeders: [],
    lackingSince: null
  }
  return { key: [key, key * 7], ...base, ...facts }
}

function view(volumes: Candidate[], facts: Partial<View<Candidate>> = {}): View<Candidate> {
  return { self: SELF, volumes, capacity: 1000, seeders: [], now: 0, ...facts }
}

test('with room for all, all is fetched, the rarest first', (t) => {
  const [common, rare] = [candidate(1, { others: 5 }), candidate(2, { others: 1 })]
  t.alike(decide(view([common, rare])), { fetch: [rare, common], clear: [] })
})

test('more than fits goes, what has most copies elsewhere first', (t) => {
  const [common, rare] = [candidate(1, { others: 5, held: true }), candidate(2, { others: 1, held: true })]
  t.alike(decide(view([rare, common], { capacity: 10 })), { fetch: [], clear: [common] })
})

test('nothing goes for the sake of another while it has no copy to spare', (t) => {
  const lost = candidate(1, { lackingSince: 0 })
  const holder = [5, 5] as const
  for (const others of [0, 1]) {
    const held = candidate(2, { held: true, others, holders: () => Array.from({ length: others }, () => holder) })
    const gives = decide(view([held, lost], { capacity: 10 })).clear.length > 0
    t.is(gives, others === 1 && weight(holder, held.key) > weight(SELF, held.key))
  }
})

test('of two holders exactly one gives its copy away', (t) => {
  for (let key = 1; key < 200; key++) {
    const [one, other] = [[key, 3] as const, [key * 31, 4] as const]
    const gives = [one, other].filter((self) => {
      const elsewhere = self === one ? other : one
      const held = candidate(key, { held: true, others: 1, holders: () => [elsewhere] })
      const lost = candidate(key + 1000)
      return decide(view([held, lost], { self, capacity: 10 })).clear.length > 0
    })
    if (gives.length !== 1) t.fail(`${gives.length} gave ${key}`)
  }
  t.pass()
})

test('a volume stays for a while before it makes place', (t) => {
  const volumes = [candidate(1, { held: true, heldSince: 900, others: 9, holders: () => nine }), candidate(2)]
  const nine = Array.from({ length: 9 }, (_, i) => [i * 77777777, i] as const)
  const at = (now: number) => decide(view(volumes, { capacity: 10, now, dwell: 500 })).clear.length
  t.is(at(1000), 0)
  t.is(at(1400), 1)
})

test('the target is what the network has room for', (t) => {
  const volumes = [candidate(1), candidate(2)]
  const seeders = [{ key: SELF, capacity: 30 }]
  t.is(feasibleCopies({ volumes, capacity: 10, seeders }), 2)
  t.is(feasibleCopies({ volumes, capacity: 1, seeders: [] }), 1)
  t.is(feasibleCopies({ volumes, capacity: 1e9, seeders }), 3)
})

test('one seeder more takes its share of the volumes, and leaves the rest where they are', (t) => {
  const part = moved(9, 5_000)
  t.ok(part > 0.08 && part < 0.12, `a tenth: ${part}`)
})

test('forty seeders with room for two copies of 400 volumes: no volume is lost, a fifth dies: again none, and it comes to rest', (t) => {
  const rounds = simulate({ seeders: 40, volumes: 400, copies: 2, dying: 0.2, rounds: 32 })
  const [before, after] = [rounds[15]!, rounds[31]!]
  t.is(before.lost, 0)
  t.ok(before.mean >= 1.9, `${before.mean} copies`)
  t.ok(before.deviation < 0.9, `evenly: ${before.deviation}`)
  t.is(before.fetched + before.cleared, 0, 'at rest')
  t.ok(after.alive < 40)
  t.is(after.lost, 0)
  t.is(after.fetched + after.cleared, 0, 'at rest')
})
