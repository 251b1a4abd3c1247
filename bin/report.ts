import { codeOf, messageOf, VdataError } from '../lib/errors.js'
import { clean, jsonLine, lowerFirst } from './text.js'
import { withHelp } from './usage.js'

/** The line for programs, on stdout. */
export function jsonReport({ code, message, advice }: VdataError): string {
  return jsonLine({ event: 'error', code, message, advice })
}

/** The text for people, on stderr: `error: what happened` and, on a line of its own, what to do. */
export function textReport(error: VdataError, red: (text: string) => string): string {
  const message = clean(error.message)
  const advice = clean(error.advice)
  if (error.failure !== 'usage') return [`${red('error:')} ${message}`, advice].filter(Boolean).join('\n  ')
  // Whoever mistyped a command reads one line.
  return `${red('error:')} ${advice ? `${message.replace(/\.$/, '')}: ${lowerFirst(advice)}` : message}`
}

/**
 * Whatever was thrown, as an error that a person can read.
 * @param path the whole name of the command that ran, for its help
 */
export function toVdataError(error: unknown, path: string): VdataError {
  if (!(error instanceof VdataError)) return fromSystem(error)
  return error.failure === 'usage' ? withHelp(error, path) : error
}

/** What the system says most often, in words; everything else is a defect, and says how to see where. */
function fromSystem(error: unknown): VdataError {
  const code = codeOf(error)
  const { path, address, port } = (error ?? {}) as { path?: string; address?: string; port?: number }
  const known = SYSTEM[code]
  if (known) {
    const subject = path ?? (address === undefined ? '' : port === undefined ? address : `${address}:${port}`)
    const [message, advice] = known(subject)
    return new VdataError('error', code, message, advice, { cause: error })
  }
  const message = `Something went wrong: ${messageOf(error)}.`.replace(/([.!?])\.$/, '$1')
  return new VdataError('error', code || 'UNEXPECTED', message, 'Set VDATA_DEBUG=1 to see where.', { cause: error })
}

const SYSTEM: { [code: string]: ((subject: string) => [string, string]) | undefined } = {
  ENOENT: (path) => [`There is no file ${path}.`, 'Check the spelling of its name.'],
  EISDIR: (path) => [`${path || 'What was named as a file'} is a folder.`, 'Name a file in it.'],
  ENOTDIR: (path) => [`A part of ${path || 'the path'} is a file, not a folder.`, 'Name another path.'],
  EACCES: (path) => [`This user may not read or write ${path}.`, 'Change its permissions, or name another path.'],
  EPERM: (path) => [`The system does not allow it on ${path}.`, 'Change its permissions, or name another path.'],
  EROFS: (path) => [`${path} is on a file system that cannot be written.`, 'Name another path.'],
  ENOSPC: (path) => [`The disk that holds ${path || 'the output'} is full.`, 'Make room and run it again.'],
  EMFILE: () => ['Too many files are open.', "Raise the limit with 'ulimit -n 4096' and run it again."],
  EADDRINUSE: (address) => [`${address || 'The address'} is taken by another program.`, 'Choose another port.']
}
