import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { VdataError } from '../../lib/errors.js'

const VDATA = fileURLToPath(new URL('../vdata.js', import.meta.url))

interface Event {
  event?: string
  [key: string]: unknown
}

/** A command of vdata in a process and a home of its own; what it says is read as JSON. */
export class Child {
  readonly events: Event[] = []
  readonly exited: Promise<number | null>
  private readonly process: ChildProcess
  private readonly what: string
  private readonly waiting = new Set<() => void>()
  private errors = ''
  private ended = false

  constructor(home: string, env: NodeJS.ProcessEnv, args: string[]) {
    this.what = `vdata ${args.slice(0, 2).join(' ')}`
    this.process = spawn(process.execPath, [VDATA, ...args, '--json', '--home', home], {
      env,
      stdio: ['ignore', 'pipe', 'pipe']
    })
    createInterface({ input: this.process.stdout! }).on('line', (line) => {
      this.events.push(JSON.parse(line) as Event)
      this.wake()
    })
    this.process.stderr!.on('data', (text: Buffer) => (this.errors = (this.errors + text.toString()).slice(-2000)))
    this.exited = new Promise((resolve, reject) => {
      this.process.once('error', reject)
      this.process.once('close', (code) => {
        this.ended = true
        this.wake()
        resolve(code)
      })
    })
  }

  get pid(): number {
    return this.process.pid ?? 0
  }

  /** The first event of this name, said already or still to come. */
  async event(name: string): Promise<Event> {
    for (;;) {
      const found = this.events.find(({ event }) => event === name)
      if (found) return found
      await this.next(name)
    }
  }

  /** Resolves once an event of this name was said so many times. */
  async until(name: string, times: number): Promise<void> {
    while (this.events.filter(({ event }) => event === name).length < times) await this.next(name)
  }

  /** Runs to its end; the last thing that it said. */
  async done(): Promise<Event> {
    const code = await this.exited
    const last = this.events.at(-1)
    if (code !== 0 || !last) throw this.failure(`ended with ${code}`)
    return last
  }

  async stop(): Promise<void> {
    if (this.ended) return
    this.process.kill('SIGTERM')
    await this.exited
  }

  kill(): void {
    if (!this.ended) this.process.kill('SIGKILL')
  }

  private async next(name: string): Promise<void> {
    if (this.ended) throw this.failure(`ended before it said "${name}"`)
    await new Promise<void>((resolve) => this.waiting.add(resolve))
  }

  private wake(): void {
    for (const resume of this.waiting) resume()
    this.waiting.clear()
  }

  private failure(how: string): VdataError {
    const said = this.events.findLast(({ event }) => event === 'error')
    const why = typeof said?.message === 'string' ? said.message : this.errors.trim()
    return new VdataError(
      'error',
      'DEMO_FAILED',
      `${this.what} ${how}: ${why}`,
      'Run it again, and report it if it stays.'
    )
  }
}
