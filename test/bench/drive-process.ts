// Hyperdrive on its own, as one of the ways to hand a file to somebody that the benchmarks compare with.
//
//   node drive-process.js serve <store> <host:port of the DHT> <host> <file>     prints the drive's key once it is found
//   node drive-process.js fetch <store> <host:port of the DHT> <host> <file> <key>
import { createReadStream, createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import process from 'node:process'
import Corestore from 'corestore'
import Hyperdrive from 'hyperdrive'
import { plainSwarm } from './plain-swarm.js'

const NAME = '/data'

const [mode, directory = '', bootstrap = '', host = '', file = '', key = ''] = process.argv.slice(2)
const store = new Corestore(directory)
const drive = mode === 'serve' ? new Hyperdrive(store) : new Hyperdrive(store, Buffer.from(key, 'hex'))
await drive.ready()
const swarm = plainSwarm(store, bootstrap, host)
if (mode === 'serve') {
  await pipeline(createReadStream(file), drive.createWriteStream(NAME))
  await swarm.join(drive.discoveryKey, { server: true, client: false }).flushed()
  process.stdout.write(drive.key.toString('hex') + '\n')
} else {
  const done = drive.findingPeers()
  swarm.join(drive.discoveryKey, { server: false, client: true })
  const searched = async (): Promise<void> => {
    await swarm.flush()
    done()
  }
  void searched()
  await drive.update({ wait: true })
  // All blocks are asked for at once; the stream alone asks for a few at a time.
  const download = await drive.download(NAME)
  await pipeline(drive.createReadStream(NAME), createWriteStream(file))
  await download.done()
  process.exit(0)
}
