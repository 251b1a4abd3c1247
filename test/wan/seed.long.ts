// A seeder behind a link of 80 ms and 2 % loss whose network is gone for a minute.
import test from 'brittle'
import { onHosts, skip } from './run.js'
import type { Cut } from './seed-hosts.js'

test('the network is gone for a minute: it says so, and goes on by itself', { skip, timeout: 400_000 }, async (t) => {
  const { said, saidAfter, seconds, complete } = await onHosts<Cut>(t, 'seed-hosts.js')
  t.comment(`said after ${saidAfter.toFixed(0)} s: ${said}`)
  t.comment(`what was shared meanwhile: here ${seconds.toFixed(0)} s after the cut ended`)
  t.is(complete, 2)
  t.ok(seconds < 120, `${seconds} s`)
})
