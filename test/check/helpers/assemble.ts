// Assembles lib/check/minhash/minhash.wat. Run by hand after a change of it: node dist/test/check/helpers/assemble.js
import { readFile, writeFile } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import loadWabt from 'wabt'

/** The WebAssembly that a text in its text format stands for. */
export async function assemble(source: URL): Promise<Buffer> {
  const wabt = await loadWabt()
  const module = wabt.parseWat('minhash.wat', await readFile(source, 'utf8'))
  module.validate()
  return Buffer.from(module.toBinary({}).buffer)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const folder = new URL('../../../../lib/check/minhash/', import.meta.url)
  await writeFile(new URL('minhash.wasm', folder), await assemble(new URL('minhash.wat', folder)))
}
