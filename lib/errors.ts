/**
 * What went wrong, in classes that a command turns into exit codes:
 * `usage` the call is wrong, `config` something is not set up, `network` nobody could be reached, `verification` data is
 * not what it claims to be, `budget` the money ran out, `unfinished` it can be resumed, `refused` checks or a moderator
 * said no, `interrupted` the user stopped it, `error` anything else.
 */
export type Failure =
  'error' | 'usage' | 'config' | 'network' | 'verification' | 'budget' | 'unfinished' | 'refused' | 'interrupted'

/** An error that a person is meant to read: one sentence that says what happened, one that says what to do. */
export class VdataError extends Error {
  readonly failure: Failure
  /** A stable upper-case code, for programs. */
  readonly code: string
  /** One sentence that says what to do; empty where there is nothing to add. */
  readonly advice: string

  constructor(failure: Failure, code: string, message: string, advice = '', options?: ErrorOptions) {
    super(message, options)
    this.name = 'VdataError'
    this.failure = failure
    this.code = code
    this.advice = advice
  }
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** The `code` of a system error (`ENOENT`), or an empty string. */
export function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null | undefined)?.code
  return typeof code === 'string' ? code : ''
}
