/**
 * Bootstrap intervals from blocks. Every text falls into one of BLOCKS blocks by a hash of its number, sums are kept for
 * each block, and blocks are what is resampled: the bootstrap over random groups of texts. It takes constant memory, no
 * second reading, and merges by addition.
 */

export const BLOCKS = 128
export const REPLICATES = 500
const CONFIDENCE = 0.95

/** A small fast generator (sfc32), seeded, so that a report of the same data is always the same report. */
export function random(seed: number): () => number {
  let [a, b, c, d] = [0x9e3779b9, 0x243f6a88, 0xb7e15162, seed | 0]
  const next = (): number => {
    const t = (((a + b) | 0) + d) | 0
    d = (d + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + t
    return (t >>> 0) / 4294967296
  }
  for (let i = 0; i < 16; i++) next()
  return next
}

/** How often each block is drawn in each replicate: `REPLICATES` rows of `BLOCKS`. */
const DRAWS = ((): Float64Array => {
  const next = random(1)
  const draws = new Float64Array(REPLICATES * BLOCKS)
  for (let b = 0; b < REPLICATES; b++) {
    for (let k = 0; k < BLOCKS; k++) draws[b * BLOCKS + Math.floor(next() * BLOCKS)]! += 1
  }
  return draws
})()

/** The total of a row of block sums in each replicate. */
export function replicate(row: Float64Array | undefined): Float64Array {
  const totals = new Float64Array(REPLICATES)
  if (row === undefined) return totals
  // Most rows are mostly zeros.
  const used: number[] = []
  for (let k = 0; k < BLOCKS; k++) if (row[k] !== 0) used.push(k)
  for (let b = 0; b < REPLICATES; b++) {
    let sum = 0
    for (const k of used) sum += DRAWS[b * BLOCKS + k]! * row[k]!
    totals[b] = sum
  }
  return totals
}

/** A Poisson(1) draw for each replicate: the weight of one made-up text. */
export function pseudoWeights(seed: number): Float64Array {
  const next = random(seed)
  return Float64Array.from({ length: REPLICATES }, () => {
    let k = 0
    for (let p = next(); p > Math.exp(-1); p *= next()) k++
    return k
  })
}

export interface Interval {
  /** The estimate with the part that small counts add taken away; lies between `low` and `high`. */
  adjusted: number
  low: number
  high: number
}

/** The percentile interval of a figure that can lie on either side of zero. */
export function signedInterval(value: number, replicates: ArrayLike<number>): Interval {
  const sorted = Float64Array.from(replicates).filter(Number.isFinite).sort()
  return {
    adjusted: value,
    low: Math.min(value, quantile(sorted, (1 - CONFIDENCE) / 2)),
    high: Math.max(value, quantile(sorted, (1 + CONFIDENCE) / 2))
  }
}

/** A figure that is a sum of absolute values, `weight * sum |v|`, such as a total variation or a Wasserstein distance. */
export interface AbsoluteFigure {
  /** The measured vector v: how far each part lies from where no bias would put it. */
  vector: Float64Array
  /** For each element and replicate (element-major), by how much the replicate's element differs from the expected one. */
  noise: Float64Array
  weight: number
  /** Elements that belong together (the groups of one target word), as the length of each run of them. */
  run: number
}

/**
 * The interval of such a figure. It can't be a percentile interval: noise makes absolute values larger, so that without any
 * bias at all the figure is above zero, its replicates are further above, and the truth is never covered. Instead those
 * strengths c are kept under which the measured figure is unsurprising: c times a direction, plus the centred bootstrap
 * noise. Whether a few parts are strongly biased or all of them a little can't be told from noisy parts, so two
 * directions are tried, the measured vector without the parts that are mostly noise and one in which all parts weigh the
 * same, and the interval spans both. It reaches down to zero just when noise alone explains the figure. `chance` is what
 * noise alone gives.
 */
export function absoluteInterval(given: AbsoluteFigure, most: number): Interval & { chance: number } {
  const figure = given.vector.length > given.run ? centred(given) : given
  const still = noisy(figure, figure.vector, 0)
  const sparse = strengths(figure, shrunk(figure), still)
  const dense = figure.vector.length > figure.run ? strengths(figure, levelled(figure), still) : sparse
  const upTo = (value: number): number => Math.min(most, value)
  return {
    low: upTo(Math.min(sparse.low, dense.low)),
    adjusted: upTo(sparse.adjusted),
    high: upTo(Math.max(sparse.high, dense.high)),
    chance: upTo(quantile(still, 0.5))
  }
}

const STEPS = [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 4, 16, 64]

/** Where an increasing function crosses zero between two points, by the Illinois variant of regula falsi. */
function crossing(f: (x: number) => number, from: number, to: number): number {
  let [x0, y0, x1, y1] = [from, f(from), to, f(to)]
  for (let step = 0; step < 4 && y1 - y0 > 1e-9; step++) {
    const x = x1 - (y1 * (x1 - x0)) / (y1 - y0)
    const y = f(x)
    if (y < 0) {
      ;[x0, y0] = [x, y]
      y1 /= 2
    } else {
      ;[x1, y1] = [x, y]
      y0 /= 2
    }
  }
  return y1 - y0 > 1e-9 ? x1 - (y1 * (x1 - x0)) / (y1 - y0) : x1
}

/** The figure's values along a direction under which the measured one is a low, the median and a high outcome. */
function strengths(figure: AbsoluteFigure, direction: Float64Array, still: Float64Array): Interval {
  const observed = strength(figure.vector, figure.weight)
  const unit = strength(direction, figure.weight)
  // The same few outcomes serve all three quantiles.
  const known = new Map<number, Float64Array>([[0, still]])
  const at = (c: number, q: number): number => {
    let outcomes = known.get(c)
    if (outcomes === undefined) known.set(c, (outcomes = noisy(figure, direction, c)))
    return quantile(outcomes, q) - observed
  }
  const solve = (q: number): number => {
    if (unit === 0 || at(0, q) >= 0) return 0
    let step = 1
    while (step < STEPS.length && at(STEPS[step]!, q) < 0) step++
    if (step === STEPS.length) return STEPS.at(-1)! * unit
    return unit * crossing((c) => at(c, q), STEPS[step - 1]!, STEPS[step]!)
  }
  const tail = (1 - CONFIDENCE) / 2
  return { low: solve(1 - tail), adjusted: solve(0.5), high: solve(tail) }
}

/**
 * The made-up texts pull each part towards its middle. For one part alone that is as it should be (it is what makes the
 * intervals of shares near 0 and 1 right), but over many parts the pulls add up while the uncertainty does not.
 */
function centred(figure: AbsoluteFigure): AbsoluteFigure {
  const noise = new Float64Array(figure.noise.length)
  for (let from = 0; from < noise.length; from += REPLICATES) {
    const own = figure.noise.subarray(from, from + REPLICATES)
    const mean = own.reduce((sum, value) => sum + value, 0) / REPLICATES
    for (let b = 0; b < REPLICATES; b++) noise[from + b] = own[b]! - mean
  }
  return { ...figure, noise }
}

/** The figure itself: `weight * sum |v|`. */
export function strength(vector: Float64Array, weight: number): number {
  let sum = 0
  for (const element of vector) sum += Math.abs(element)
  return weight * sum
}

/** The figure in each replicate. */
export function strengthsOf({ vector, noise, weight }: AbsoluteFigure): Float64Array {
  const sums = new Float64Array(REPLICATES)
  vector.forEach((centre, d) => {
    for (let b = 0; b < REPLICATES; b++) sums[b]! += weight * Math.abs(centre + noise[d * REPLICATES + b]!)
  })
  return sums
}

function noisy({ noise, weight }: AbsoluteFigure, direction: Float64Array, c: number): Float64Array {
  const sums = new Float64Array(REPLICATES)
  for (let d = 0; d < direction.length; d++) {
    const centre = c * direction[d]!
    const from = d * REPLICATES
    // Subtracted, not added: a share near one has its long tail downwards, and so has its uncertainty.
    for (let b = 0; b < REPLICATES; b++) sums[b]! += Math.abs(centre - noise[from + b]!)
  }
  for (let b = 0; b < REPLICATES; b++) sums[b]! *= weight
  return sums.sort()
}

/** The vector with each run multiplied by `factor` of its squared length and the noise's variance in it. */
function scaled(
  { vector, noise, run }: AbsoluteFigure,
  factor: (signal: number, variance: number) => number
): Float64Array {
  const out = new Float64Array(vector.length)
  for (let start = 0; start < vector.length; start += run) {
    let signal = 0
    let squares = 0
    for (let d = start; d < start + run; d++) signal += vector[d]! ** 2
    for (let n = start * REPLICATES; n < (start + run) * REPLICATES; n++) squares += noise[n]! ** 2
    const by = signal === 0 ? 0 : factor(signal, squares / REPLICATES)
    for (let d = start; d < start + run; d++) out[d] = by * vector[d]!
  }
  return out
}

/** Parts within two standard deviations of nothing are nothing, the others keep most of their length. */
function shrunk(figure: AbsoluteFigure): Float64Array {
  const out = scaled(figure, (signal, variance) => Math.max(0, 1 - (4 * variance) / signal))
  return out.some((element) => element !== 0) ? out : figure.vector
}

/** All parts equally long. */
function levelled(figure: AbsoluteFigure): Float64Array {
  return scaled(figure, (signal) => 1 / Math.sqrt(signal))
}

/** The q-quantile of sorted values, linear between them; NaN of nothing. */
export function quantile(sorted: ArrayLike<number>, q: number): number {
  if (sorted.length === 0) return Number.NaN
  const place = q * (sorted.length - 1)
  const below = Math.floor(place)
  const low = sorted[below]!
  return low + (place - below) * ((sorted[below + 1] ?? low) - low)
}
