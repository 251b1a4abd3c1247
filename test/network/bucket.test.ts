import test from 'brittle'
import { Bucket } from '../../lib/network/bucket.js'

test('what is taken keeps to the rate, whatever its size', async (t) => {
  const bucket = new Bucket(1_000_000)
  const started = performance.now()
  let bytes = 0
  while (performance.now() - started < 1_500) {
    const size = 1 + Math.floor(Math.random() * 100_000)
    await bucket.take(size, bucket)
    bytes += size
  }
  const rate = bytes / ((performance.now() - started) / 1000)
  t.ok(rate < 1_000_000 * 1.15, `at most: ${rate}`)
  t.ok(rate > 1_000_000 * 0.8, `at least: ${rate}`)
  bucket.close()
})

test('lanes take turns, small things go first, and those who left do not pay', async (t) => {
  let now = 0
  const bucket = new Bucket(1_000, () => now)
  const [a, b] = [{}, {}]
  const order: string[] = []
  const take = (bytes: number, lane: object, name: string, wanted?: () => boolean) =>
    bucket.take(bytes, lane, wanted).then((granted) => order.push(granted ? name : `${name} not`))
  const all = [
    take(100_000, a, 'a1'),
    take(100_000, a, 'a2'),
    take(100_000, b, 'b1', () => false),
    take(100_000, b, 'b2'),
    take(10, a, 'small')
  ]
  bucket.drop({})
  for (let i = 0; i < 5; i++) {
    now += 1_000_000
    // Any change makes it look at the clock.
    bucket.rate = i % 2 === 0 ? 1_000.5 : 1_000
    now += 1_000_000
    bucket.rate = i % 2 === 0 ? 1_001 : 1_002
    await Promise.resolve()
  }
  bucket.rate = Infinity
  await Promise.all(all)
  t.is(order[0], 'small')
  t.ok(order.indexOf('a1') < order.indexOf('b2') && order.indexOf('b2') < order.indexOf('a2'), order.join(' '))
  t.ok(order.includes('b1 not'))
})

test('whoever waits is sent away when its lane goes or the bucket is closed', async (t) => {
  const bucket = new Bucket(0)
  const lane = {}
  const [one, other] = [bucket.take(1, lane), bucket.take(1, {})]
  t.is(bucket.waiting, 2)
  bucket.drop(lane)
  t.is(await one, false)
  bucket.close()
  t.is(await other, false)
  bucket.rate = Infinity
  t.is(await bucket.take(1e12, lane), true)
})
