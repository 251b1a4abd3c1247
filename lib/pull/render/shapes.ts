import type { Shape } from '../../record/shapes-out.js'

/** The columns of each shape, where it is a table. */
export const SHAPE_COLUMNS: { readonly [shape in Shape]: readonly string[] } = {
  alpaca: ['system', 'instruction', 'input', 'output'],
  chat: ['messages'],
  sharegpt: ['conversations'],
  preference: ['prompt', 'chosen', 'rejected'],
  text: ['text']
}

const SHAPE_TYPES: { readonly [column: string]: string } = {
  messages: 'STRUCT("role" VARCHAR, "content" VARCHAR)[]',
  conversations: 'STRUCT("from" VARCHAR, "value" VARCHAR)[]'
}

/** The columns of a shape and their types in Parquet. */
export function shapeTypes(shape: Shape): { name: string; type: string }[] {
  return SHAPE_COLUMNS[shape].map((name) => ({ name, type: SHAPE_TYPES[name] ?? 'VARCHAR' }))
}
