// Pulls over a link of 80 ms, 2 % loss and 50 Mbit/s while things go wrong.
import test from 'brittle'
import { onHosts, skip } from './run.js'

test(
  'a pull survives the death of its only seeder, and a cut, byte for byte',
  { skip, timeout: 600_000 },
  async (t) => {
    const outcomes = (await onHosts<{ [field: string]: unknown }[]>(t, 'hosts.js')) ?? []
    t.is(outcomes.length, 2)
    for (const { trouble, same, code: ended, seconds, fetched, stderr } of outcomes) {
      t.alike([ended, same], [0, true], `${String(trouble)}: ${String(stderr)}`)
      t.comment(`${Number(seconds).toFixed(0)} s, ${Number(fetched)} bytes fetched`)
    }
  }
)
