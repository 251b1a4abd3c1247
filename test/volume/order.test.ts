import test from 'brittle'
import { count, inOrder } from '../../lib/volume/order.js'

test('results come in order, however long each takes, and few run at a time', async (t) => {
  let running = 0
  let most = 0
  const results: number[] = []
  const task = async (i: number) => {
    most = Math.max(most, ++running)
    for (let turns = (i * 7) % 5; turns >= 0; turns--) await new Promise((resolve) => setImmediate(resolve))
    running--
    return i
  }
  for await (const i of inOrder(count(0, 40), 3, task)) results.push(i)
  t.alike(results, [...count(0, 40)])
  t.is(most, 3)
})

test('an error comes in its turn, and ends it', async (t) => {
  const results: number[] = []
  const task = async (i: number) => {
    if (i >= 2) throw new Error(`no ${i}, after ${results.length}`)
    return i
  }
  await t.exception(async () => {
    for await (const i of inOrder(count(0, 9), 4, task)) results.push(i)
  }, /no 2,/)
  t.alike(results, [0, 1])
})
