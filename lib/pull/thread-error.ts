import { codeOf, messageOf, VdataError, type Failure } from '../errors.js'

/** An error as plain data, so that a worker thread can say it. */
export interface ThreadError {
  /** Undefined for what is no error of this project: then the code is the system's. */
  failure?: Failure
  code: string
  message: string
  advice: string
}

/** What a thread says of an error. */
export function describeError(error: unknown): ThreadError {
  const message = messageOf(error)
  if (!(error instanceof VdataError)) return { code: codeOf(error), message, advice: '' }
  return { failure: error.failure, code: error.code, message, advice: error.advice }
}

/** The error that a thread described. */
export function reviveError({ failure, code, message, advice }: ThreadError): Error {
  if (failure) return new VdataError(failure, code, message, advice)
  return Object.assign(new Error(message), code ? { code } : {})
}
