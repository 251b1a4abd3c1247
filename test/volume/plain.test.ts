import { execFile } from 'node:child_process'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import test from 'brittle'
import Corestore from 'corestore'
import { sealVolume } from '../../lib/volume/seal.js'
import { draftOf, INFO, jsonLines, texts } from './helpers/data.js'

const script = fileURLToPath(new URL('fixtures/plain-reader.mjs', import.meta.url))

test('a plain Corestore script that knows only the key downloads a volume and decodes it', async (t) => {
  const dir = await t.tmp()
  const batches = [texts(50, { topic: 'law' }), texts(20)]
  const store = new Corestore(join(dir, 'store'))
  const volume = await sealVolume({ store, draft: await draftOf(join(dir, 'spool'), batches), info: INFO })

  const server = createServer((socket) => {
    const replication = store.replicate(false)
    socket.on('error', () => {})
    replication.on('error', () => {})
    socket.pipe(replication).pipe(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(async () => {
    server.close()
    await store.close()
  })
  const port = String((server.address() as AddressInfo).port)

  const run = promisify(execFile)
  const args = [script, volume.key.toString('hex'), port, join(dir, 'reader')]
  const { stdout } = await run(process.execPath, args, { timeout: 600_000 })
  const read = JSON.parse(stdout) as {
    length: number
    header: { format: string; records: number }
    batch: object
    lines: string
  }
  const expected = jsonLines(batches[0]!)
  t.is(read.length, 3)
  t.alike([read.header.format, read.header.records], ['vdata/volume', 70])
  t.alike(read.batch, { version: 1, codec: 1, records: 50, rawLength: expected.length })
  t.is(read.lines, expected.toString())
})
