// Writes the published JSON Schema of recipes anew: node scripts/build.js && node scripts/schema.js
import { writeFileSync } from 'node:fs'
import { format } from 'prettier'
import { recipeJsonSchema } from '../dist/lib/generate/recipe/json-schema.js'

const file = new URL('../schema/recipe.schema.json', import.meta.url)
writeFileSync(file, await format(JSON.stringify(recipeJsonSchema()), { parser: 'json', printWidth: 120 }))
