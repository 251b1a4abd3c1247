import type { Recipe } from '../recipe/schema.js'
import { opensWithRefusal } from '../../check/checks/boilerplate.js'
import { canonical } from '../../record/canonical.js'
import type { Draft } from '../steps/produce.js'
import { Dropped } from '../steps/reply.js'
import { Seen } from './duplicates.js'
import { NearDuplicates } from './near-duplicates.js'

/** Looks at one draft alone. Throws Dropped. */
export function inspect(recipe: Recipe, draft: Draft): void {
  const text = draft.generated
  const { min_words: least, max_words: most, refusals } = recipe.keep
  if (text.trim() === '') throw new Dropped('empty', 'the answer has no text', text)
  // The embedded provider refuses nothing; a template may be about refusing.
  if (!refusals && recipe.provider !== 'template' && opensWithRefusal(text))
    throw new Dropped('refused', 'the model declines', text)
  const words = text.split(/\s+/).filter((word) => word !== '').length
  if (words < least) throw new Dropped('too_short', `${words} words, at least ${least}`, text)
  if (most !== undefined && words > most) throw new Dropped('too_long', `${words} words, at most ${most}`, text)
}

/** Looks at each set of drafts (one for each member) beside all that were kept before it. Throws Dropped for the set. */
export class Repeats {
  readonly #exact: Seen | undefined
  readonly #near: NearDuplicates | undefined

  constructor(recipe: Recipe) {
    const { duplicates, near_duplicates: near, similarity } = recipe.keep
    this.#exact = duplicates ? undefined : new Seen()
    // Sentences of one template are all alike: there only the user can say that they are too much so.
    const keepNear = near ?? recipe.provider === 'template'
    this.#near = keepNear ? undefined : new NearDuplicates(similarity)
  }

  check(set: readonly Draft[]): void {
    const first = set[0]!
    if (this.#exact?.add(canonical(set.map(({ content }) => content)))) {
      throw new Dropped('duplicate', 'the same record was there before', first.generated)
    }
    // The members of a set are near-duplicates of one another on purpose: one of them stands for all.
    const similarity = this.#near?.add(first.generated)
    if (similarity !== undefined) {
      throw new Dropped('near_duplicate', `similarity ${similarity.toFixed(2)} to an earlier answer`, first.generated)
    }
  }
}
