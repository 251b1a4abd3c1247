// The benchmarks of what the design promises. Figures are ratios against something that runs beside them, so that they say
// the same on a fast machine and on one that has other things to do.
//
//   node dist/test/bench/main.js [--json] [name…]
import process from 'node:process'
import { Skipped, type Figure } from './figure.js'

const BENCHES: { readonly [name: string]: () => Promise<Figure[]> } = {
  startup: async () => (await import('./startup.js')).benchStartup(),
  import: async () => (await import('./import.js')).benchImport(),
  pull: async () => (await import('./pull.js')).benchPull(),
  'pull-full': async () => (await import('./pull-full.js')).benchFullPull(),
  'pull-part': async () => (await import('./pull-part.js')).benchPartialPull(),
  'pull-sql': async () => (await import('./pull-sql.js')).benchSql(),
  'pull-memory': async () => (await import('./pull-memory.js')).benchPullMemory(),
  wan: async () => (await import('./wan.js')).benchWan(),
  first: async () => (await import('./wan.js')).benchFirstRecord(),
  index: async () => (await import('./wan.js')).benchIndex(),
  gen: async () => (await import('./generate.js')).benchGenerate(),
  check: async () => (await import('./check.js')).benchCheck(),
  bias: async () => (await import('./bias.js')).benchBias(),
  memory: async () => (await import('./memory.js')).benchMemory()
}

const json = process.argv.includes('--json')
const asked = process.argv.slice(2).filter((word) => word !== '--json')
const unknown = asked.filter((name) => !Object.hasOwn(BENCHES, name))
if (unknown.length > 0) {
  process.stderr.write(`no benchmark is called ${unknown.join(', ')}; there are ${Object.keys(BENCHES).join(', ')}\n`)
  process.exit(2)
}

let missed = 0
for (const name of asked.length > 0 ? asked : Object.keys(BENCHES)) {
  if (!json) process.stdout.write(`${name}\n`)
  try {
    for (const figure of await BENCHES[name]!()) {
      const met = meets(figure)
      if (met === false) missed++
      process.stdout.write(json ? JSON.stringify({ bench: name, ...figure, met }) + '\n' : `  ${sentence(figure)}\n`)
    }
  } catch (error) {
    if (!(error instanceof Skipped)) throw error
    const skipped = { bench: name, skipped: error.message }
    process.stdout.write(json ? JSON.stringify(skipped) + '\n' : `  skipped: ${error.message}\n`)
  }
}
process.exit(missed === 0 ? 0 : 1)

function meets({ value, ratio = value, target }: Figure): boolean | undefined {
  if (!target) return undefined
  return 'least' in target ? ratio >= target.least : ratio <= target.most
}

function sentence(figure: Figure): string {
  const { name, value, unit, ratio, against, target, note } = figure
  const met = meets(figure)
  return [
    `${name}: ${value.toFixed(value < 10 ? 2 : 0)} ${unit}`,
    ...(ratio !== undefined && against ? [`${ratio.toFixed(2)} times ${against}`] : []),
    ...(target
      ? [`target ${'least' in target ? `>= ${target.least}` : `<= ${target.most}`} ${met ? 'met' : 'MISSED'}`]
      : []),
    ...(note ? [note] : [])
  ].join('; ')
}
