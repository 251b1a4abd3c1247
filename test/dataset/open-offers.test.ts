import { randomBytes } from 'node:crypto'
import test from 'brittle'
import { OpenOffers } from '../../lib/dataset/open-offers.js'
import type { Offer } from '../../lib/network/inbox/offer.js'

interface Asked {
  name: string
  address: string
  offer: Offer
}

const contributors = new Map<string, Buffer>()

/** An offer of a contributor, such as `a1`, who is at the address `a`. */
function asked(contributor: string, nth: number, bytes = 1): Asked {
  if (!contributors.has(contributor)) contributors.set(contributor, randomBytes(32))
  const offer = { contributor: contributors.get(contributor)!, bytes } as Offer
  return { name: `${contributor}.${nth}`, address: contributor.slice(0, 1), offer }
}

function opened(items: Asked[], room = { maxItems: items.length, quota: 1000 }): OpenOffers {
  const open = new OpenOffers(room)
  for (const item of items) open.add(item)
  return open
}

const nobody = () => 0
const names = (items: Asked[] | null) => items?.map(({ name }) => name) ?? null

test('whoever has the most makes room, the latest offer first; nobody does for one who would have more', (t) => {
  const crowd = [asked('a1', 1), asked('b1', 1), asked('b2', 1), asked('b2', 2), asked('b3', 1)]
  const open = opened(crowd)
  const leaving = (newcomer: Asked, idle: Asked[] = []) => {
    const others = crowd.filter((item) => !idle.includes(item))
    return names(open.leaving(newcomer, idle, others, nobody))
  }
  t.alike(leaving(asked('c1', 1)), ['b2.2'], 'of the fullest address the one who wants most')
  t.alike(leaving(asked('c1', 1), [crowd[0]!]), ['a1.1'], 'what nobody delivers first')
  t.alike(leaving(asked('a1', 2)), ['b2.2'])
  t.alike(leaving(asked('b4', 1)), ['b2.2'], 'a newcomer at the same address')
  t.is(leaving(asked('b1', 2)), null, 'who has one is not given a second one of two')
  t.is(leaving(asked('b2', 3)), null)
  t.alike([open.bytes, open.count(crowd[2]!)], [5, { ofContributor: 2, fromAddress: 4 }], 'nothing has changed')
})

test('bytes are shared out as places are', (t) => {
  const crowd = [asked('a1', 1, 300), asked('b1', 1, 200), asked('b2', 1, 200), asked('b3', 1, 200)]
  const open = opened(crowd, { maxItems: 100, quota: 1000 })
  t.alike(names(open.leaving(asked('c1', 1, 100), [], crowd, nobody)), [], 'there is room')
  t.alike(names(open.leaving(asked('c1', 1, 250), [], crowd, nobody)), ['b3.1'])
  t.is(open.leaving(asked('c1', 1, 900), [], crowd, nobody), null)
  const one = opened([asked('a1', 1, 1000)], { maxItems: 100, quota: 1000 })
  t.is(one.leaving(asked('b1', 1, 10), [], [], nobody), null, 'what is being downloaded stays')
  t.is(one.leaving(asked('a2', 1, 10), [], [], nobody), null)
})

test('turns that brought nothing weigh more than any number of offers', (t) => {
  const crowd = [asked('a1', 1), asked('b1', 1), asked('b2', 1)]
  const open = opened(crowd)
  const wasted = (name: string) => (name === 'address a' ? 1 : 0)
  t.alike(names(open.leaving(asked('c1', 1), [], crowd, wasted)), ['a1.1'])
  t.alike(names(open.leaving(asked('b3', 1), [], crowd, wasted)), ['a1.1'])
  t.is(open.leaving(asked('a2', 1), [], crowd, wasted), null)
})
