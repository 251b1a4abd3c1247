// A private network of command-line processes on 127.0.0.1: its DHT, and as many parties as a test needs, each in a home
// of its own.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Assert } from 'brittle'
import { Cli, parseLines, type CliEvent, type Finished, type Running, type StartOptions } from './cli.js'

/** What a process may be started with besides what its party gives it. */
export type PartyOptions = Omit<StartOptions, 'env'>

export class Net {
  /** `host:port` of the network's DHT. */
  readonly bootstrap: string
  readonly #t: Pick<Assert, 'tmp' | 'teardown'>

  private constructor(t: Pick<Assert, 'tmp' | 'teardown'>, bootstrap: string) {
    this.#t = t
    this.bootstrap = bootstrap
  }

  static async start(t: Pick<Assert, 'tmp' | 'teardown'>): Promise<Net> {
    const dht = (await Cli.create(t)).start(['dht', '--port', '0', '--json'])
    const { bootstrap } = await dht.event('ready')
    return new Net(t, String(bootstrap))
  }

  /** Somebody with a computer of their own. */
  async party(): Promise<Party> {
    return new Party(await Cli.create(this.#t), this.bootstrap)
  }

  /** A new dataset, and its moderator, who is not online yet. */
  async dataset(name: string, ...options: string[]): Promise<{ moderator: Party; link: string }> {
    const moderator = await this.party()
    const { link } = await moderator.result('index', 'create', name, ...options)
    return { moderator, link: String(link) }
  }
}

/** One computer in the network. All its commands are called with --json. */
export class Party {
  readonly #cli: Cli
  readonly #env: NodeJS.ProcessEnv
  readonly #under: readonly string[] | undefined

  /** @param place where else than on this computer's loopback its processes run, and which address they bind */
  constructor(cli: Cli, bootstrap: string, place: { under?: readonly string[]; host?: string } = {}) {
    this.#cli = cli
    this.#under = place.under
    this.#env = { VDATA_BOOTSTRAP: bootstrap, ...(place.host !== undefined && { VDATA_HOST: place.host }) }
  }

  get home(): string {
    return this.#cli.home
  }

  /** A path in the party's home. */
  path(...parts: string[]): string {
    return join(this.#cli.home, ...parts)
  }

  /** Makes a folder in the party's home; returns its path. */
  async folder(name: string): Promise<string> {
    const path = this.path(name)
    await mkdir(path, { recursive: true })
    return path
  }

  start(args: readonly string[], options: PartyOptions = {}): Running {
    return this.#cli.start([...args, '--json'], { under: this.#under, ...options, env: this.#env })
  }

  /** Starts a command as a person does: at a terminal, and without --json. */
  person(args: readonly string[]): Running {
    return this.#cli.start(args, { terminal: true, env: this.#env })
  }

  /** Writes a file of JSON lines in its home and shares it under the file's name, waiting long for the verdict. */
  async share(name: string, lines: string, link: string): Promise<Running> {
    await writeFile(this.path(name), lines)
    const options = ['--to', link, '--name', name, '--format', 'jsonl', '--wait', '600']
    return this.start(['share', this.path(name), ...options])
  }

  /** Runs a command to its end, however it ends. */
  async run(args: readonly string[], options: PartyOptions = {}): Promise<Finished & { events: CliEvent[] }> {
    const finished = await this.start(args, { stdin: '', ...options }).exited
    return { ...finished, events: parseLines(finished.stdout) }
  }

  /** Runs a command to its end as a person does who reads it from a pipe: without --json. */
  plain(args: readonly string[]): Promise<Finished> {
    return this.#cli.run(args, { under: this.#under, env: this.#env })
  }

  /** Runs a command that must succeed, and returns the last line that it printed. */
  async result(...args: string[]): Promise<CliEvent> {
    const { code, signal, events, stdout, stderr } = await this.run(args)
    const last = events.at(-1)
    if (code === 0 && last) return last
    throw new Error(`vdata ${args.join(' ')} ended with ${signal ?? code}\nstdout: ${stdout}\nstderr: ${stderr}`)
  }

  /** Starts `seed` or `index serve`; resolves once it says that it is ready. */
  async serve(...args: string[]): Promise<Running> {
    const running = this.start(args)
    await running.event('ready')
    return running
  }
}

/** Ends processes as a power cut would. */
export async function cutOff(...processes: Running[]): Promise<void> {
  for (const process of processes) process.kill('SIGKILL')
  await Promise.all(processes.map(({ exited }) => exited))
}
