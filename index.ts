// The package's library: the same operations as the commands, typed. It never prints, exits or reads the environment.
import { Dataset, type OpenOptions } from './lib/pull/dataset.js'

export { VdataError, type Failure } from './lib/errors.js'
export {
  Dataset,
  type AnyRecord,
  type OpenOptions,
  type RecordsQuery,
  type Row,
  type SqlQuery
} from './lib/pull/dataset.js'
export { pull, type PullEvent, type PullOptions, type PullResult } from './lib/pull/pull.js'
export { explain, type Explanation } from './lib/pull/explain.js'
export type { Manifest } from './lib/pull/manifest.js'
export { verifyOutput, type Verification } from './lib/pull/verify.js'
export type { TrainingRecord } from './lib/record/types.js'

/**
 * Opens a dataset by its link, to read it.
 *
 * @param link `vdata://<key>`, or `vdata://<key>/<release>`
 * @param options `home` is the folder that keeps what was fetched
 */
export function open(link: string, options: OpenOptions): Promise<Dataset> {
  return Dataset.open(link, options)
}
