import { createHash, randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { open, readdir, readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'brittle'
import { openDirect } from '../../lib/direct-io.js'
import { DirectFile } from '../../lib/pull/output/direct-file.js'

const CHUNK = 2 * 1024 * 1024
const SIZES = [0, 1, 4095, 4096, 4097, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 4097]
/** Something that cannot be opened for direct writes. */
const REFUSES = '/dev/null'

for (const [name, pathOf] of [
  ['direct', (path: string) => path],
  ['buffered', () => REFUSES]
] as const) {
  test(`a file that was written in pieces of any size holds them, one behind the other: ${name}`, async (t) => {
    const folder = await t.tmp()
    for (const size of SIZES) {
      const path = join(folder, String(size))
      const data = randomBytes(size)
      const handle = await open(path, 'w')
      const file = await DirectFile.open(handle.fd, pathOf(path))
      for (let at = 0, piece = 1; at < size; piece = (piece * 7 + 3) % 900_001) {
        const copy = Buffer.from(data.subarray(at, at + piece))
        await file.append(copy)
        // It was taken over: what happens to it afterwards is not in the file.
        copy.fill(0)
        at += piece
      }
      await file.end()
      await handle.close()
      t.ok(data.equals(await readFile(path)), `${size} bytes`)
      t.is(file.hash.digest('hex'), createHash('sha256').update(data).digest('hex'))
    }
  })
}

test('where the file system has direct writes, they are used, and no descriptor stays open', async (t) => {
  const folder = await t.tmp()
  const path = join(folder, 'file')
  const tried = await openDirect(path, { create: true })
  if (!tried) return t.comment('skipped: no direct writes here')
  await tried.close()
  const handle = await open(path, 'w')
  const file = await DirectFile.open(handle.fd, path)
  t.alike(await directDescriptors(path), [true, false])
  await file.append(Buffer.alloc(5000, 1))
  await file.end()
  t.alike(await directDescriptors(path), [false])
  await handle.close()
  t.is((await readFile(path)).length, 5000)
})

test('a disk that is full is said', { skip: process.platform !== 'linux' }, async (t) => {
  const full = await open('/dev/full', 'w')
  const file = await DirectFile.open(full.fd, REFUSES)
  await t.exception(file.append(Buffer.alloc(10)), /ENOSPC/)
  await full.close()
})

/** For each descriptor of this process that is open at a file, whether it is for direct writes; those first. */
async function directDescriptors(path: string): Promise<boolean[]> {
  const found: boolean[] = []
  for (const fd of await readdir('/proc/self/fd')) {
    if ((await readlink(`/proc/self/fd/${fd}`).catch(() => '')) !== path) continue
    const [, flags] = /^flags:\s*([0-7]+)/m.exec(await readFile(`/proc/self/fdinfo/${fd}`, 'utf8'))!
    found.push((Number.parseInt(flags!, 8) & constants.O_DIRECT) !== 0)
  }
  return found.sort((a, b) => Number(b) - Number(a))
}
