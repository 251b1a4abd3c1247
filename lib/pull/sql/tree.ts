/** A node of the tree that DuckDB's `json_serialize_sql` makes of a statement: its shape is read field by field. */
export interface Node {
  readonly [field: string]: unknown
}

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function nodeAt(node: Node, field: string): Node | undefined {
  const value = node[field]
  return isNode(value) ? value : undefined
}

export function nodesAt(node: Node, field: string): Node[] {
  const value = node[field]
  return Array.isArray(value) ? value.filter(isNode) : []
}

/** A text field, or an empty text. */
export function textAt(node: Node, field: string): string {
  const value = node[field]
  return typeof value === 'string' ? value : ''
}

export function textsAt(node: Node, field: string): string[] {
  const value = node[field]
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}

/** Whether a field is there and is not empty. */
export function hasField(node: Node, field: string): boolean {
  const value = node[field]
  return value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0)
}

/** Every node below this one and itself, in no promised order. */
export function* walk(root: unknown): Generator<Node> {
  const open: unknown[] = [root]
  while (open.length > 0) {
    const next = open.pop()
    if (Array.isArray(next)) for (const item of next) open.push(item)
    else if (isNode(next)) {
      yield next
      for (const value of Object.values(next)) if (typeof value === 'object' && value !== null) open.push(value)
    }
  }
}

/** Where in the statement a node stands, in bytes of UTF-8; undefined where DuckDB does not say. */
export function placeOf(node: Node): number | undefined {
  const at = node.query_location
  return typeof at === 'number' && at < 2 ** 32 ? at : undefined
}

/** A constant's text, number or truth value; null for NULL, undefined where it is no constant that is understood. */
export function constantOf(node: Node | undefined): string | number | boolean | null | undefined {
  if (node?.type !== 'VALUE_CONSTANT') return undefined
  const value = nodeAt(node, 'value')
  if (!value) return undefined
  if (value.is_null === true) return null
  const id = textAt(nodeAt(value, 'type') ?? {}, 'id')
  const held = value.value
  if (id === 'VARCHAR' && typeof held === 'string') return held
  if (id === 'BOOLEAN' && typeof held === 'boolean') return held
  if (id === 'INTEGER' || id === 'BIGINT') return typeof held === 'number' ? held : undefined
  return undefined
}
