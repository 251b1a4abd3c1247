import { z } from 'zod'

const id = z.string().regex(/^[0-9a-f]{64}$/)
const money = z.number().nonnegative().nullable()
const at = z.string().max(40)

/** The lines of a journal, one JSON object each. */
export const entrySchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('journal'), version: z.literal(1), at }),
  /** A request is about to be sent; it may cost up to `reserved` dollars (null: the price is not known). */
  z.object({ type: z.literal('sent'), id, reserved: money }),
  /** Its answer, exactly as it came. */
  z.object({ type: z.literal('answer'), id, at, raw: z.string() }),
  /** What the answer cost. */
  z.object({ type: z.literal('paid'), id, cost: money, input: money, output: money }),
  /** It came to nothing; `billed`: it may have to be paid all the same. `void`: the last answer to it is none. */
  z.object({
    type: z.literal('failed'),
    id,
    kind: z.string().max(40),
    billed: z.boolean(),
    void: z.boolean().optional()
  }),
  /** The provider will not answer this request, however often it is asked. */
  z.object({ type: z.literal('refused'), id, at, kind: z.string().max(40), message: z.string().max(2000) }),
  /** A batch is about to be submitted, under a name of ours. */
  z.object({ type: z.literal('batch'), name: z.string().max(100), reserved: money, count: z.number().int() }),
  /** The provider took it, under an id of its own. */
  z.object({ type: z.literal('submitted'), name: z.string().max(100), batch: z.string().max(200) }),
  /** Everything that it gave is in the journal. */
  z.object({ type: z.literal('collected'), name: z.string().max(100) })
])

export type Entry = z.infer<typeof entrySchema>
export type EntryOf<T extends Entry['type']> = Extract<Entry, { type: T }>
