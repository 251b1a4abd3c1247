import type { Command } from 'commander'

/** What every command is given: the only way in which it sees the environment and talks to people and programs. */
export interface Context {
  readonly env: NodeJS.ProcessEnv
  /** `$VDATA_HOME`, else the platform's data directory. */
  readonly home: string
  /** Aborted by the first Ctrl-C or SIGTERM; the second one ends the process at once. */
  readonly signal: AbortSignal
  /** `--json`: stdout carries JSON only. Implies that nobody is asked anything. */
  readonly json: boolean
  readonly quiet: boolean
  /** `--yes`: every question is answered with yes. */
  readonly yes: boolean
  /** Whether a person can be asked: stdin and stderr are terminals, and neither --no-input, --json nor --yes was given. */
  readonly interactive: boolean
  /** Whether stderr is a terminal that may be drawn on: not with --quiet or --json. */
  readonly live: boolean
  readonly color: Colors
  /** A line for people, on stderr. Silent with --quiet and --json. Control characters of outside text are removed. */
  say(line?: string): void
  /** A line for people that even --quiet does not silence. With --json it becomes `{"event":"warning","message":…}`. */
  warn(line: string): void
  /** Data or a link, on stdout; not with --json. */
  data(line: string): void
  /** One NDJSON line on stdout, only with --json. */
  emit(event: { event: string } & { [key: string]: unknown }): void
  /** The command's outcome: with --json one line of JSON on stdout, else `text` on stdout where there is any. */
  result(value: unknown, text?: string): void
  /** A line (or a few) that is redrawn in place while something runs; does nothing unless `live`. */
  progress(): Progress
  /** Asks yes or no; `fallback` where nobody can be asked, and true with --yes. */
  confirm(question: string, fallback: boolean): Promise<boolean>
  /** Asks to choose one; `fallback` where nobody can be asked. */
  choose<T extends string>(question: string, options: { value: T; label: string }[], fallback: T): Promise<T>
  /** Asks to press one of a few keys, each a letter; `fallback` where nobody can be asked. */
  press<T extends string>(question: string, keys: { value: T; label: string }[], fallback: T): Promise<T>
  /** Asks for a line of text; `fallback` where nobody can be asked. */
  ask(question: string, fallback: string): Promise<string>
  /**
   * Says that after the first Ctrl-C the command may take as long as it needs: what is in flight was paid for. Without it
   * the process ends some seconds later.
   */
  patient(): void
  /** Sets the exit code with which the process ends once the command returns. */
  exit(code: number): void
}

export interface Progress {
  update(lines: string | string[]): void
  /** Leaves nothing of it on the terminal. */
  clear(): void
}

export interface Colors {
  bold(text: string): string
  dim(text: string): string
  red(text: string): string
  green(text: string): string
  yellow(text: string): string
  cyan(text: string): string
}

/** A file in bin/commands/: loaded only when its command is called or its help is asked for. */
export interface CommandModule {
  /** Adds arguments, options, sub-commands, at least one example, and the action. */
  define(command: Command, context: () => Context): void
}
