// The compiled command line as a real process, in a home of its own, gone when its test ends.
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { existsSync } from 'node:fs'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import type { Assert } from 'brittle'

const VDATA = fileURLToPath(new URL('../../bin/vdata.js', import.meta.url))

export interface CliEvent {
  event: string
  [key: string]: unknown
}

export interface StartOptions {
  /** Added to the environment; undefined removes a variable. */
  env?: NodeJS.ProcessEnv
  cwd?: string
  /** Written to stdin, which is then closed. Without it stdin is closed at once by `run`, and stays open with `start`. */
  stdin?: string
  /** A command that runs the process: `ip netns exec …`. */
  under?: readonly string[]
  /** Runs the command on a terminal of its own: what it prints, on both streams, is then in `stdout`. */
  terminal?: boolean
}

/** Whether `terminal` works here. */
export const HAS_TERMINAL = process.platform === 'linux' && existsSync('/usr/bin/script')

/** What a process said, and how it ended. */
export interface Finished {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

/** Every line of JSON that was printed. */
export function parseLines(text: string): CliEvent[] {
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as CliEvent)
}

export class Cli {
  static readonly #live = new Set<Cli>()
  readonly #home: string
  readonly #entry: string
  readonly #running = new Set<Running>()

  static {
    process.once('exit', () => {
      for (const cli of Cli.#live) cli.#killAll()
    })
  }

  private constructor(home: string, entry: string) {
    this.#home = home
    this.#entry = entry
  }

  /**
   * @param home $VDATA_HOME; without it a temporary folder
   * @param entry the script that is run instead of `vdata`
   */
  static async create(
    t: Pick<Assert, 'tmp' | 'teardown'>,
    { home, entry = VDATA }: { home?: string; entry?: string } = {}
  ): Promise<Cli> {
    const cli = new Cli(home ?? (await t.tmp()), entry)
    Cli.#live.add(cli)
    t.teardown(
      async () => {
        Cli.#live.delete(cli)
        cli.#killAll()
        await Promise.all([...cli.#running].map((running) => running.exited))
      },
      { force: true }
    )
    return cli
  }

  get home(): string {
    return this.#home
  }

  /** Runs a command to its end. */
  run(args: readonly string[], options: StartOptions = {}): Promise<Finished> {
    return this.start(args, { stdin: '', ...options }).exited
  }

  /** Starts a command that goes on until it is told to stop. */
  start(args: readonly string[], options: StartOptions = {}): Running {
    const call = [...(options.under ?? []), process.execPath, this.#entry, ...args]
    // Without a size of its own, a new terminal has no columns.
    const onTerminal = `stty cols 80 rows 24; exec ${call.map(quote).join(' ')}`
    const [command = '', ...rest] = options.terminal ? ['script', '-qefc', onTerminal, '/dev/null'] : call
    const child = spawn(command, rest, {
      cwd: options.cwd ?? this.#home,
      env: {
        PATH: process.env.PATH,
        TERM: 'xterm-256color',
        HOME: this.#home,
        VDATA_HOME: this.#home,
        // A test that forgot to name its own network reaches nobody, instead of the public one.
        VDATA_BOOTSTRAP: '127.0.0.1:1',
        VDATA_HOST: '127.0.0.1',
        ...options.env
      }
    })
    if (options.stdin !== undefined) child.stdin.end(options.stdin)
    const running = new Running(child)
    this.#running.add(running)
    void running.exited.then(() => this.#running.delete(running))
    return running
  }

  #killAll(): void {
    for (const running of this.#running) running.kill('SIGKILL')
  }
}

/** A process that was started, and what it has said so far. */
export class Running {
  readonly exited: Promise<Finished>
  stdout = ''
  stderr = ''
  readonly #child: ChildProcessWithoutNullStreams
  readonly #waiting = new Set<() => void>()
  #finished: Finished | null = null

  constructor(child: ChildProcessWithoutNullStreams) {
    this.#child = child
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text
      this.#wake()
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
      this.#wake()
    })
    // A process that has ended no longer reads.
    child.stdin.on('error', () => {})
    this.exited = new Promise((resolve, reject) => {
      child.on('error', reject)
      child.on('close', (code, signal) => {
        this.#finished = { code, signal, stdout: this.stdout, stderr: this.stderr }
        resolve(this.#finished)
        this.#wake()
      })
    })
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error('the process did not start')
    return this.#child.pid
  }

  /** stdin, for what is said to the process while it runs. */
  get stdin(): ChildProcessWithoutNullStreams['stdin'] {
    return this.#child.stdin
  }

  /** stdout as the process's reader has it: destroy it to be a reader who goes away. */
  get output(): ChildProcessWithoutNullStreams['stdout'] {
    return this.#child.stdout
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Ends the process in the orderly way. */
  async stop(signal: NodeJS.Signals = 'SIGINT'): Promise<Finished> {
    this.kill(signal)
    return this.exited
  }

  /** The events of `--json` that have come so far. */
  get events(): CliEvent[] {
    return parseLines(this.stdout.slice(0, this.stdout.lastIndexOf('\n') + 1))
  }

  /** Waits for an event of `--json`: the first of this name that `matches`, also one that has come already. */
  event(name: string, matches: (event: CliEvent) => boolean = () => true): Promise<CliEvent> {
    return this.#until(`event '${name}'`, () => this.events.find((event) => event.event === name && matches(event)))
  }

  /** Waits for text on stdout or stderr. */
  said(pattern: RegExp): Promise<RegExpExecArray> {
    return this.#until(String(pattern), () => pattern.exec(this.stdout) ?? pattern.exec(this.stderr) ?? undefined)
  }

  async #until<T>(what: string, look: () => T | undefined): Promise<T> {
    for (;;) {
      const found = look()
      if (found !== undefined) return found
      if (this.#finished) {
        const { code, signal, stdout, stderr } = this.#finished
        throw new Error(`the process ended (${signal ?? code}) without ${what}\nstdout: ${stdout}\nstderr: ${stderr}`)
      }
      await new Promise<void>((resolve) => this.#waiting.add(resolve))
    }
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve()
    this.#waiting.clear()
  }
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}
