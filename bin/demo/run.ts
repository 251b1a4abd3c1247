import { copyFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Facts } from '../../lib/dataset/facts.js'
import { Child } from './child.js'

const RECIPE = fileURLToPath(new URL('./recipe.json', import.meta.url))
const QUESTIONS = fileURLToPath(new URL('./questions.jsonl', import.meta.url))

export interface DemoOptions {
  /** An empty folder, for the homes of all and for the result. */
  folder: string
  /** What the second contributor shares; without one, a small file that comes with vdata. */
  data?: string
  env: NodeJS.ProcessEnv
  signal: AbortSignal
  step(text: string): void
}

export interface DemoResult {
  output: string
  records: number
  facts: Facts
}

interface Shared {
  records: number
  volumes: { id: string; verdict: { status: string } | null }[]
}

/** Plays a whole network through, each member a process of its own on 127.0.0.1; whatever happens, none is left running. */
export async function runDemo(options: DemoOptions): Promise<DemoResult> {
  const stage = new Stage(options)
  options.signal.addEventListener('abort', stage.clear, { once: true })
  try {
    return await play(options, stage)
  } catch (error) {
    options.signal.throwIfAborted()
    throw error
  } finally {
    options.signal.removeEventListener('abort', stage.clear)
    await stage.end()
  }
}

async function play({ folder, data, step }: DemoOptions, stage: Stage): Promise<DemoResult> {
  const dht = await stage.start('dht', ['dht', '--host', '127.0.0.1', '--port', '0'])
  stage.bootstrap = String((await dht.event('ready')).bootstrap)
  step(`A private network starts at ${stage.bootstrap}: nothing leaves this computer.`)

  const create = ['index', 'create', 'demo', '--title', 'A demonstration', '--moderator', 'Mara']
  const { link } = (await (await stage.start('mara', create)).done()) as unknown as { link: string }
  step(`Mara makes a dataset, and publishes its link: ${link}`)
  const moderator = await stage.start('mara', ['index', 'serve'])
  await moderator.event('ready')
  const seeders = await Promise.all(['sam', 'sue'].map((name) => stage.start(name, ['seed', link])))
  await Promise.all(seeders.map((seeder) => seeder.event('ready')))
  step('Sam and Sue, two volunteers, seed it.')

  const generated = join(folder, 'generated.jsonl')
  await copyFile(RECIPE, join(folder, 'recipe.json'))
  await (await stage.start('ada', ['gen', generated, join(folder, 'recipe.json')])).done()
  const ada = await stage.share('ada', 'Ada', generated, link)
  step(`Ada generates ${ada.records} records from a recipe, each once with "he" and once with "she", and shares them.`)
  const ben = await stage.share('ben', 'Ben', data ?? QUESTIONS, link)
  step(`Ben shares ${data ?? 'a file of his own'}: ${ben.records} records.`)

  const volumes = [...ada.volumes, ...ben.volumes]
  step(`Mara's machine downloads, checks and accepts ${volumes.length} volumes.`)
  await Promise.all(seeders.map((seeder) => seeder.until('volume', volumes.length)))
  await moderator.stop()
  step('Both seeders hold everything. The contributors are gone; Mara goes offline, too.')

  const output = join(folder, 'dataset.jsonl')
  const pulled = (await (await stage.start('rita', ['pull', output, '--from', link])).done()) as { records?: number }
  step(`Rita pulls the dataset from the seeders alone: ${pulled.records} records, every block verified.`)
  const facts = (await (await stage.start('rita', ['info', link])).done()) as unknown as Facts
  return { output, records: pulled.records ?? 0, facts }
}

/** The processes that are running. */
class Stage {
  bootstrap = '127.0.0.1:1'
  private readonly options: DemoOptions
  private readonly children: Child[] = []

  constructor(options: DemoOptions) {
    this.options = options
  }

  /** Starts a command in the home of `name`. */
  async start(name: string, args: string[]): Promise<Child> {
    this.options.signal.throwIfAborted()
    const home = join(this.options.folder, name)
    await mkdir(home, { recursive: true })
    const { VDATA_HOME: _own, ...env } = this.options.env
    const child = new Child(home, { ...env, VDATA_BOOTSTRAP: this.bootstrap, VDATA_HOST: '127.0.0.1' }, args)
    this.children.push(child)
    return child
  }

  async share(home: string, name: string, file: string, link: string): Promise<Shared> {
    const child = await this.start(home, ['share', file, '--to', link, '--name', name, '--license', 'CC0-1.0'])
    return (await child.done()) as unknown as Shared
  }

  /** Ends everything at once: what is played here may be lost. */
  readonly clear = (): void => {
    for (const child of this.children) child.kill()
  }

  async end(): Promise<void> {
    await Promise.all(this.children.map((child) => child.stop().catch(() => {})))
    this.clear()
  }
}
