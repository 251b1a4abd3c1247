import { VdataError } from '../lib/errors.js'
import { lowerFirst, sentence } from './text.js'

/**
 * What commander says, `error: unknown option '--fo'\n(Did you mean --for?)`, as an error of ours in one sentence.
 * @param path the whole name of the command that was called wrongly
 */
export function usageError(text: string, commanderCode: string, path: string): VdataError {
  const [first = '', second = ''] = text.split('\n')
  const message = first
    .replace(/^error: (command-argument value )?/, '')
    .replace(/^(.*?)\. (.*?)\.?$/, (_whole, what: string, why: string) => `${what} (${lowerFirst(why)})`)
  const guess = /^\((Did you mean .*)\?\)$/.exec(second)?.[1]
  const code = commanderCode
    .replace(/^commander\./, '')
    .replace(/[A-Z]/g, '_$&')
    .toUpperCase()
  return new VdataError('usage', code, sentence(message), guess ? `${guess} (${seeHelp(path)})?` : helpAdvice(path))
}

/** A usage error that a command threw, with the command's help named in its advice. */
export function withHelp(error: VdataError, path: string): VdataError {
  if (error.advice.includes('--help')) return error
  const advice = error.advice ? `${error.advice.replace(/\.$/, '')} (${seeHelp(path)}).` : helpAdvice(path)
  return new VdataError('usage', error.code, error.message, advice, { cause: error })
}

function helpAdvice(path: string): string {
  return sentence(seeHelp(path))
}

function seeHelp(path: string): string {
  return `see '${path} --help'`
}
