import process from 'node:process'
import { resolve } from 'node:path'
import picocolors from 'picocolors'
import { wantsColor } from './color.js'
import type { Colors, Context, Progress } from './context.js'
import { homeDirectory } from './home.js'
import type { GlobalOptions } from './program.js'
import { LiveLines, NO_PROGRESS } from './progress.js'
import * as prompts from './prompts.js'
import type { Stop } from './signals.js'
import { cleanColored, cleanLines, jsonLine } from './text.js'

/** The context of one call of a command: the terminal and the environment of this process. */
export class ProcessContext implements Context {
  readonly env = process.env
  readonly home: string
  readonly signal: AbortSignal
  readonly json: boolean
  readonly quiet: boolean
  readonly yes: boolean
  readonly interactive: boolean
  readonly live: boolean
  readonly color: Colors
  /** What the command asked the process to end with. */
  exitCode: number | undefined
  readonly #stop: Stop
  readonly #colored: boolean
  #lines: LiveLines | null = null

  constructor(options: GlobalOptions, stop: Stop) {
    // Node leaves isTTY undefined where a stream is none.
    const onTerminal = process.stderr.isTTY === true
    this.home = options.home === undefined ? homeDirectory(process.env) : resolve(options.home)
    this.signal = stop.signal
    this.json = options.json === true
    this.quiet = options.quiet === true
    this.yes = options.yes === true
    this.interactive = onTerminal && process.stdin.isTTY === true && options.input && !this.json && !this.yes
    this.live = onTerminal && process.env.TERM !== 'dumb' && !this.json && !this.quiet
    this.#colored = wantsColor(process.stderr, options.color)
    this.color = picocolors.createColors(this.#colored)
    this.#stop = stop
  }

  say(line = ''): void {
    if (!this.quiet && !this.json) this.#toPeople(line)
  }

  warn(line: string): void {
    if (this.json) this.emit({ event: 'warning', message: line })
    else this.#toPeople(this.color.yellow('warning:') + ' ' + line)
  }

  data(line: string): void {
    if (!this.json) this.#toStdout(process.stdout.isTTY ? cleanLines(line) : line)
  }

  emit(event: { event: string } & { [key: string]: unknown }): void {
    if (this.json) this.#toStdout(jsonLine(event))
  }

  result(value: unknown, text?: string): void {
    if (this.json) this.#toStdout(jsonLine(value))
    else if (text !== undefined) this.#toStdout(cleanColored(text, this.#colored && process.stdout.isTTY))
  }

  progress(): Progress {
    if (!this.live) return NO_PROGRESS
    this.#lines?.clear()
    this.#lines = new LiveLines(process.stderr, (line) => cleanColored(line.replace(/\s/g, ' '), this.#colored))
    return this.#lines
  }

  async confirm(question: string, fallback: boolean): Promise<boolean> {
    if (this.yes) return true
    return this.interactive ? this.#question((terminal) => prompts.confirm(terminal, question, fallback)) : fallback
  }

  async choose<T extends string>(question: string, options: { value: T; label: string }[], fallback: T): Promise<T> {
    if (!this.interactive) return fallback
    return this.#question((terminal) => prompts.choose(terminal, question, options, fallback))
  }

  async press<T extends string>(question: string, keys: { value: T; label: string }[], fallback: T): Promise<T> {
    if (!this.interactive) return fallback
    return this.#question((terminal) => prompts.press(terminal, question, keys, fallback))
  }

  async ask(question: string, fallback: string): Promise<string> {
    return this.interactive ? this.#question((terminal) => prompts.ask(terminal, question, fallback)) : fallback
  }

  patient(): void {
    this.#stop.patient()
  }

  exit(code: number): void {
    this.exitCode = code
  }

  /** Takes away what is still being redrawn. */
  end(): void {
    this.#lines?.clear()
  }

  #question<T>(put: (terminal: prompts.Terminal) => Promise<T>): Promise<T> {
    this.#lines?.clear()
    const cancel = (): void => this.#stop.interrupt()
    return put({ input: process.stdin, output: process.stderr, signal: this.signal, cancel })
  }

  #toPeople(text: string): void {
    this.#aboveProgress(() => process.stderr.write(cleanColored(text, this.#colored) + '\n'))
  }

  #toStdout(text: string): void {
    // On a terminal both streams end on the same screen.
    this.#aboveProgress(() => process.stdout.write(text + '\n'))
  }

  #aboveProgress(write: () => void): void {
    if (this.#lines) this.#lines.above(write)
    else write()
  }
}
