import { COLUMNS } from '../../record/fields.js'

/** A column of the table `records`: its name, its type in DuckDB, and the type as which its JSON is read. */
export interface TableColumn {
  name: string
  type: string
  about: string
}

const TYPES: { readonly [column: string]: [type: string, about: string] } = {
  messages: ['STRUCT("role" VARCHAR, "content" VARCHAR, "name" VARCHAR)[]', 'of a chat'],
  tags: ['VARCHAR[]', ''],
  temperature: ['DOUBLE', ''],
  seed: ['BIGINT', ''],
  input_tokens: ['BIGINT', ''],
  output_tokens: ['BIGINT', ''],
  created_at: ['TIMESTAMP', 'in UTC'],
  extra: ['JSON', 'whatever else came with the record'],
  kind: ['VARCHAR', 'instruction, chat, preference or text'],
  language: ['VARCHAR', 'BCP 47'],
  license: ['VARCHAR', 'SPDX']
}

/** The columns of a record's own, in the order of design's records. */
export const RECORD_COLUMNS: readonly TableColumn[] = COLUMNS.map((name) => {
  const [type, about] = TYPES[name] ?? ['VARCHAR', '']
  return { name, type, about }
})

/** What is known of each record beside its fields. */
export const ADDED_COLUMNS: readonly TableColumn[] = [
  { name: 'id', type: 'VARCHAR', about: 'hash of the content; expensive: leave it out where you can' },
  { name: 'volume', type: 'VARCHAR', about: 'the volume that it is in' },
  { name: 'contributor', type: 'VARCHAR', about: 'the key of who gave it' }
]

export const TABLE_COLUMNS: readonly TableColumn[] = [...RECORD_COLUMNS, ...ADDED_COLUMNS]

/** The tables beside `records`. */
export const SIDE_TABLES = {
  volumes: {
    id: 'VARCHAR',
    contributor: 'VARCHAR',
    license: 'VARCHAR',
    records: 'BIGINT',
    bytes: 'BIGINT',
    raw_bytes: 'BIGINT',
    accepted_at: 'TIMESTAMP'
  },
  contributors: { id: 'VARCHAR', name: 'VARCHAR', standing: 'VARCHAR', volumes: 'BIGINT', records: 'BIGINT' },
  releases: {
    name: 'VARCHAR',
    length: 'BIGINT',
    records: 'BIGINT',
    volumes: 'BIGINT',
    notes: 'VARCHAR',
    at: 'TIMESTAMP'
  }
} as const

export type SideTable = keyof typeof SIDE_TABLES
/** The rows of a side table, in the order of its columns. */
export type SideRows = { [table in SideTable]: (string | number | null)[][] }

export const TABLES: readonly string[] = ['records', ...Object.keys(SIDE_TABLES)]
