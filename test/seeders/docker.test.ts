import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import test from 'brittle'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

// There is no Docker where the tests run. What the registry gave for this checkout is in npm's cache by now.
test("the Dockerfile's steps, in a clean folder", { timeout: 600_000, skip: !existsSync(join(ROOT, '.git')) }, (t) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, 'scripts', 'docker-steps.js')], {
    encoding: 'utf8',
    env: { ...process.env, npm_config_prefer_offline: 'true' }
  })
  t.is(status, 0, stderr)
  t.ok(stdout.includes('npm ci'), stdout)
  t.ok(stdout.trimEnd().endsWith('the image starts'), stdout)
})
