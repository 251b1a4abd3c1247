import type { Failure } from '../lib/errors.js'

/** What the process ends with for each class of failure; 0 is for done. */
export const EXIT_CODES: { readonly [failure in Failure]: number } = {
  error: 1,
  usage: 2,
  config: 3,
  network: 4,
  verification: 5,
  budget: 6,
  unfinished: 7,
  refused: 8,
  interrupted: 130
}
