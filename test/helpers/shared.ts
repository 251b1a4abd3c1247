import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TestOptions } from 'brittle'

/** The project's root, seen from dist/test/helpers. */
const root = fileURLToPath(new URL('../../../', import.meta.url))

/** A file of the folder `shared`, which lies beside the project and is no part of it. */
export function sharedPath(...parts: string[]): string {
  return join(root, '..', 'shared', ...parts)
}

/** Test options that skip a test, which the runner reports, where one of the files it needs is absent. */
export function needsShared(...paths: string[]): TestOptions {
  return { skip: !paths.every((path) => existsSync(sharedPath(path))) }
}
