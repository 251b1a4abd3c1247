import { z } from 'zod'
import { recipeSchema } from './schema.js'

/** The JSON Schema of recipes, for editors: what `schema/recipe.schema.json` holds. */
export function recipeJsonSchema(): { [key: string]: unknown } {
  const schema = z.toJSONSchema(recipeSchema, { io: 'input', unrepresentable: 'any' }) as { [key: string]: unknown }
  return {
    ...schema,
    title: 'A recipe of vdata gen',
    // A key that begins with // is a comment, in every object.
    patternProperties: { '^//': true }
  }
}
