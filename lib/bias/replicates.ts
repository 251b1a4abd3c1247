import type { Figure } from './report.js'

/** The bootstrap replicates of figures that were computed in this process: a paired test needs them, a report does not. */
const known = new WeakMap<Figure, Float64Array>()

export function rememberReplicates(figure: Figure, replicates: Float64Array): Figure {
  known.set(figure, replicates)
  return figure
}

export function replicatesOf(figure: Figure): Float64Array | undefined {
  return known.get(figure)
}
