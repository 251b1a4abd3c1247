import { z } from 'zod'
import { augmentSchema } from './augment.js'
import { recipeSchema } from './schema.js'

/** The JSON Schema of recipes, for editors: what `schema/recipe.schema.json` holds. */
export function recipeJsonSchema(): { [key: string]: unknown } {
  const schema = z.toJSONSchema(z.union([recipeSchema, augmentSchema]), { io: 'input', unrepresentable: 'any' })
  return {
    ...(schema as { [key: string]: unknown }),
    // A key that begins with // is a comment.
    anyOf: schema.anyOf?.map((each) => ({ ...each, patternProperties: { '^//': true } })),
    title: 'A recipe of vdata gen'
  }
}
