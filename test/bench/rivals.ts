// Other ways to get the same records from one process of this computer to another. Each serves a file and returns what
// fetches it once, as somebody new, and says how many seconds that took, from the start of the program to the JSON Lines.
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { basename, join } from 'node:path'
import process from 'node:process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { seconds } from './figure.js'
import type { Scope } from './scope.js'
import { makeTorrent, startTracker } from './torrent.js'

const run = promisify(execFile)
const HOST = '127.0.0.1'
const DRIVE = fileURLToPath(new URL('drive-process.js', import.meta.url))

/** Fetches once into an empty folder; resolves with seconds. */
export type Fetch = (folder: string) => Promise<number>

export async function isInstalled(...programs: string[]): Promise<boolean> {
  for (const program of programs) {
    const found = await run('sh', ['-c', `command -v ${program}`]).catch(() => null)
    if (found === null) return false
  }
  return true
}

/** `file.zst`, as `zstd` makes it by default. */
export async function compressed(file: string): Promise<string> {
  await run('zstd', ['-q', '-f', file])
  return `${file}.zst`
}

async function decompress(file: string): Promise<void> {
  await run('zstd', ['-q', '-d', '-f', file])
}

function kept(scope: Scope, child: ChildProcess): ChildProcess {
  scope.teardown(() => child.kill('SIGKILL'))
  return child
}

const ARIA2 = [
  '--no-conf',
  '--quiet',
  '--enable-dht=false',
  '--enable-dht6=false',
  '--disable-ipv6=true',
  '--enable-peer-exchange=false',
  `--interface=${HOST}`,
  '--file-allocation=none'
]

/** aria2 with a torrent of a .jsonl.zst, and `zstd -d` behind it. */
export async function serveTorrent(scope: Scope, file: string): Promise<Fetch> {
  const torrent = await makeTorrent(file, await startTracker(scope))
  const folder = join(file, '..')
  const seeder = [...ARIA2, '--listen-port=6881-6889', '--check-integrity=true', '--seed-ratio=0.0', `--dir=${folder}`]
  kept(scope, spawn('aria2c', [...seeder, torrent], { stdio: 'ignore' }))
  const fetch: Fetch = async (target) => {
    const [took] = await seconds(async () => {
      await run('aria2c', [...ARIA2, '--listen-port=6891-6899', '--seed-time=0', `--dir=${target}`, torrent])
      await decompress(join(target, basename(file)))
    })
    return took
  }
  // The first fetch ends only when the seeder is up.
  const warm = await scope.tmp()
  await fetch(warm)
  await rm(warm, { recursive: true })
  return fetch
}

/** curl from a server of HTTP, and `zstd -d` behind it. */
export async function serveHttp(scope: Scope, file: string): Promise<Fetch> {
  const { size } = await stat(file)
  const server = createServer((_request, response) => {
    response.setHeader('content-length', size)
    createReadStream(file, { highWaterMark: 1024 * 1024 }).pipe(response)
  })
  server.listen(0, HOST)
  await once(server, 'listening')
  scope.teardown(() => server.close())
  const address = `http://${HOST}:${(server.address() as AddressInfo).port}/`
  return async (target) => {
    const output = join(target, basename(file))
    const [took] = await seconds(async () => {
      await run('curl', ['-s', '-f', '-o', output, address])
      await decompress(output)
    })
    return took
  }
}

/** Hyperdrive, with `zstd -d` behind it where the file is compressed. */
export async function serveDrive(scope: Scope, bootstrap: string, file: string): Promise<Fetch> {
  const args = [DRIVE, 'serve', join(await scope.tmp(), 'store'), bootstrap, HOST, file]
  const child = kept(scope, spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] }))
  const [key] = (await once(createInterface({ input: child.stdout! }), 'line')) as [string]
  return async (target) => {
    const output = join(target, basename(file))
    const [took] = await seconds(async () => {
      await run(process.execPath, [DRIVE, 'fetch', join(target, 'store'), bootstrap, HOST, output, key])
      if (file.endsWith('.zst')) await decompress(output)
    })
    return took
  }
}
