import { throwIfInterrupted } from './abort.js'
import { DraftWriter, encode } from './draft.js'
import { decodeBatch, splitLines } from './frame.js'
import { placesOf, readPlaces } from './places.js'
import type { Draft } from './seal.js'
import { readSpool } from './spool.js'

/**
 * Makes a draft without some of the records of another one, which stays as it is.
 *
 * @param without ordinals of records in the draft, as ascending ranges, both ends included
 * @param path the new draft's spool
 * @returns the new draft, or null where no record would be in it
 */
export async function thinDraft(
  draft: Draft,
  without: readonly { from: number; to: number }[],
  path: string,
  signal?: AbortSignal
): Promise<Draft | null> {
  const writer = await DraftWriter.create(path)
  try {
    const places = readPlaces(placesOf(draft.path))
    let ordinal = 0
    let next = 0
    const isKept = () => {
      while (next < without.length && without[next]!.to < ordinal) next++
      return next === without.length || ordinal < without[next]!.from
    }
    for await (const block of readSpool(draft.path)) {
      throwIfInterrupted(signal)
      const { raw, records } = await decodeBatch(block)
      const from = (await places.next()).value ?? []
      const kept: { line: string; place: number }[] = []
      for (const [index, line] of splitLines(raw).entries()) {
        if (isKept()) kept.push({ line, place: from[index] ?? 0 })
        ordinal++
      }
      const lines = kept.length === records ? raw : Buffer.from(kept.map(({ line }) => line + '\n').join(''))
      const batch = { lines, records: kept.length, places: kept.map(({ place }) => place) }
      if (kept.length > 0) await writer.add(await encode(batch))
    }
    if (writer.draft.records === 0) {
      await writer.discard()
      return null
    }
    await writer.finish()
    return writer.draft
  } catch (error) {
    await writer.discard()
    throw error
  }
}
