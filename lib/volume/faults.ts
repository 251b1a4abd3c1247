import { VdataError } from '../errors.js'

/**
 * Everything that can be wrong with a volume, as stable codes: readers throw them and a moderator's verdict carries
 * them as its reasons.
 */
export const FAULTS = {
  BAD_HEADER: 'block 0 is not a header of this format',
  BAD_FRAME: 'a block is not a batch of this format',
  BAD_CODEC: 'a batch is compressed in a way that this format does not have',
  TOO_LARGE: 'a block, batch or volume is over the limits of this format',
  BAD_PAYLOAD: 'a payload does not decompress to what its frame declares',
  WRONG_LENGTH: 'a batch holds more or fewer bytes than its frame declares',
  WRONG_COUNT: 'a batch holds more or fewer records than its frame declares',
  WRONG_TOTALS: 'a volume holds other amounts than its header or its offer says',
  WRONG_CONTRIBUTOR: 'a volume names another contributor than the one who offers it',
  NOT_STATIC: 'the core is not a sealed volume, so its content could still change',
  NOT_UTF8: 'a batch is not UTF-8 text',
  NOT_JSON: 'a line is not JSON',
  BAD_RECORD: 'a line is not a record'
} as const

export type FaultCode = keyof typeof FAULTS

/** Where in a volume a fault is: the block's number, and the ordinal of the record within its block, from 0. */
export interface Place {
  block?: number
  record?: number
}

/** A volume that is not what this format says. Its `code` is one of FAULTS. */
export class VolumeFault extends VdataError {
  override readonly code: FaultCode
  readonly block: number | undefined
  readonly record: number | undefined
  /** The sentence without the place. */
  readonly what: string

  constructor(code: FaultCode, what: string, place: Place = {}, options?: ErrorOptions) {
    super(
      'verification',
      code,
      describe(what, place),
      'Leave this volume out, and tell the dataset’s moderator.',
      options
    )
    this.name = 'VolumeFault'
    this.code = code
    this.what = what
    this.block = place.block
    this.record = place.record
  }

  /** The same fault, said of a place. */
  at(place: Place): VolumeFault {
    return new VolumeFault(this.code, this.what, place, { cause: this.cause })
  }
}

/** Adds the place to a fault that was found without knowing it; anything else stays as it is. */
export function placed(error: unknown, place: Place): unknown {
  return error instanceof VolumeFault && error.block === undefined
    ? error.at({ ...place, record: error.record })
    : error
}

function describe(what: string, { block, record }: Place): string {
  if (block === undefined) return what
  return `In block ${block}${record === undefined ? '' : `, record ${record}`}: ${what}`
}
