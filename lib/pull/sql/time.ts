import { isInstant } from '../../record/fields.js'
import { constantOf, nodeAt, textAt, type Node } from './tree.js'

const TIME = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d:\d\d)(\.\d{1,6})?Z?)?$/

/** The time that an expression is, in milliseconds since 1970 and rounded down, where it certainly is one. */
export function timeOf(node: Node | undefined): number | undefined {
  if (node?.type === 'OPERATOR_CAST') {
    const type = textAt(nodeAt(node, 'cast_type') ?? {}, 'id')
    // Of a date, a time of day is cut off.
    const at = timeOf(nodeAt(node, 'child'))
    if (at === undefined || (type === 'DATE' && at % 86_400_000 !== 0)) return undefined
    return type === 'TIMESTAMP' || type === 'DATE' ? at : undefined
  }
  const text = constantOf(node)
  const parts = typeof text === 'string' ? TIME.exec(text) : null
  if (!parts) return undefined
  const instant = `${parts[1]}T${parts[2] ?? '00:00:00'}${parts[3] ?? ''}Z`
  return isInstant(instant) ? Date.parse(instant) : undefined
}
