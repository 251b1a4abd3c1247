// A process that serves cores with nothing of vdata between them and hyperswarm: what the benchmarks compare with.
//
//   node serve-core.js <store> <host:port of the DHT> <host> [<file of JSON Lines, to become a core of one record a block>]
//
// Prints the key of the core that it made, or an empty line, once it is found under the topic of 32 bytes of 7.
import { createReadStream } from 'node:fs'
import process from 'node:process'
import { createInterface } from 'node:readline'
import Corestore from 'corestore'
import { plainSwarm } from './plain-swarm.js'

export const TOPIC = Buffer.alloc(32, 7)

const [directory = '', bootstrap = '', host = '', file] = process.argv.slice(2)
const store = new Corestore(directory)
let key = ''
if (file !== undefined) {
  const core = store.get({ name: 'records' })
  await core.ready()
  let lines: Buffer[] = []
  for await (const line of createInterface({ input: createReadStream(file) })) {
    lines.push(Buffer.from(line + '\n'))
    if (lines.length < 1024) continue
    await core.append(lines)
    lines = []
  }
  if (lines.length > 0) await core.append(lines)
  key = core.key.toString('hex')
}
await plainSwarm(store, bootstrap, host).join(TOPIC, { server: true, client: false }).flushed()
process.stdout.write(key + '\n')
