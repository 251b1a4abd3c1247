import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import test from 'brittle'
import { parseRecipe, starterRecipe } from '../../lib/generate/index.js'
import { recipeJsonSchema } from '../../lib/generate/recipe/json-schema.js'

const published = JSON.parse(
  readFileSync(new URL('../../../schema/recipe.schema.json', import.meta.url), 'utf8')
) as object

test('the published JSON Schema is that of the code (else: node scripts/schema.js)', (t) => {
  t.alike(published, recipeJsonSchema())
})

test('an editor with it accepts what the code accepts, and marks what it refuses', (t) => {
  const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(published)
  t.ok(validate(JSON.parse(starterRecipe('x'))), JSON.stringify(validate.errors))
  t.ok(validate({ prompt: 'x', '// why': 'a comment', temperature: { min: 0, max: 1 } }))
  for (const wrong of [{}, { prompt: 1 }, { prompt: 'x', promt: 'y' }, { prompt: 'x', count: 0 }]) {
    t.absent(validate(wrong))
    t.exception(() => parseRecipe(JSON.stringify(wrong)))
  }
})
