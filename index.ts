// The package's library: the same operations as the commands, typed. It never prints, exits or reads the environment.
export { VdataError, type Failure } from './lib/errors.js'
