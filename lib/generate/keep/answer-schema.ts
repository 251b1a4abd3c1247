import { Ajv, type ValidateFunction } from 'ajv'
import { messageOf } from '../../errors.js'

/** Whether the user's JSON Schema can be used; else why not. */
export function schemaProblem(schema: object): string | undefined {
  try {
    compileSchema(schema)
    return undefined
  } catch (error) {
    return messageOf(error)
  }
}

/** A function that says what is wrong with a value, or nothing. Patterns of the schema are the user's own. */
export function compileSchema(schema: object): (value: unknown) => string | undefined {
  const ajv = new Ajv({ strict: false, allErrors: false, validateFormats: false, logger: false })
  const validate: ValidateFunction = ajv.compile(schema)
  return (value) => (validate(value) ? undefined : ajv.errorsText(validate.errors, { dataVar: 'answer' }))
}
