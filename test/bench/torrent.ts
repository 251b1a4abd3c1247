// As much of BitTorrent as it takes to have one aria2 give a file to another: a torrent, and a tracker that names everybody.
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import { open, stat, writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { Scope } from './scope.js'

const PIECE = 1024 * 1024

type Bencoded = number | string | Buffer | { [key: string]: Bencoded }

/** BEP 3: integers, byte strings, and dictionaries whose keys are sorted. */
function bencode(value: Bencoded): Buffer {
  if (typeof value === 'number') return Buffer.from(`i${value}e`)
  if (typeof value === 'string') return bencode(Buffer.from(value))
  if (Buffer.isBuffer(value)) return Buffer.concat([Buffer.from(`${value.length}:`), value])
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  const fields = entries.flatMap(([key, each]) => [bencode(key), bencode(each)])
  return Buffer.concat([Buffer.from('d'), ...fields, Buffer.from('e')])
}

/** Writes a torrent of one file beside it, and returns its path. */
export async function makeTorrent(file: string, announce: string): Promise<string> {
  const { size } = await stat(file)
  const hashes: Buffer[] = []
  const handle = await open(file)
  for (let at = 0; at < size; at += PIECE) {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(PIECE), 0, PIECE, at)
    hashes.push(createHash('sha1').update(buffer.subarray(0, bytesRead)).digest())
  }
  await handle.close()
  const info = { length: size, name: basename(file), 'piece length': PIECE, pieces: Buffer.concat(hashes) }
  const path = `${file}.torrent`
  await writeFile(path, bencode({ announce, info }))
  return path
}

/** A tracker on this computer; returns its address. */
export async function startTracker(scope: Scope): Promise<string> {
  const peers = new Map<string, Buffer>()
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1')
    const port = Number(searchParams.get('port'))
    const place = Buffer.from([127, 0, 0, 1, port >> 8, port & 255])
    if (searchParams.get('event') === 'stopped') peers.delete(String(port))
    else peers.set(String(port), place)
    response.end(bencode({ interval: 2, 'min interval': 1, peers: Buffer.concat([...peers.values()]) }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  scope.teardown(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/announce`
}
