import { CONFORMS_TO, CONTEXT } from '../../dataset/croissant.js'
import { shapeTypes } from '../render/shapes.js'
import { RECORD_COLUMNS } from '../sql/columns.js'
import type { PullOptions } from '../options.js'
import { facetValuesOf, sharesOf, splitsOf } from './card.js'
import type { WrittenFile } from './sink.js'
import type { Content } from './target.js'

/** The dataset's description in Croissant, as JSON-LD. */
export function croissantOf(options: PullOptions, { state, plan }: Content, data: WrittenFile[]): string {
  const columns = options.shape ? shapeTypes(options.shape) : RECORD_COLUMNS
  const files = data.map(({ path, bytes, sha256 }) => ({
    '@type': 'cr:FileObject',
    '@id': path,
    name: path,
    contentUrl: path,
    contentSize: `${bytes} B`,
    encodingFormat: 'application/vnd.apache.parquet',
    sha256
  }))
  const sets = [...splitsOf(data).keys()].map((split) => ({
    '@type': 'cr:FileSet',
    '@id': `${split}-files`,
    name: `${split}-files`,
    encodingFormat: 'application/vnd.apache.parquet',
    includes: `data/${split}-*.parquet`
  }))
  // A statement's own columns are described by the files themselves.
  const described = options.sql === undefined || options.shape !== undefined
  return (
    JSON.stringify(
      {
        '@context': CONTEXT,
        '@type': 'sc:Dataset',
        conformsTo: CONFORMS_TO,
        name: state.name,
        description: state.description || state.title || state.name,
        url: `vdata://${state.index}`,
        version: state.release ?? String(state.length),
        datePublished: state.published,
        license: sharesOf(plan, 'license').map(([id]) => id),
        creator: sharesOf(plan, 'contributor').map(([id]) => ({
          '@type': 'sc:Organization',
          name: state.names.get(id) || id,
          identifier: id
        })),
        inLanguage: facetValuesOf(plan, 'language'),
        'rai:hasSyntheticData': true,
        distribution: [...files, ...sets],
        recordSet: described ? sets.map((set) => recordSet(set['@id'], columns)) : []
      },
      null,
      2
    ) + '\n'
  )
}

function recordSet(fileSet: string, columns: readonly { name: string; type: string }[]) {
  const name = fileSet.replace(/-files$/, '')
  return {
    '@type': 'cr:RecordSet',
    '@id': name,
    name,
    field: columns.map((column) => ({
      '@type': 'cr:Field',
      '@id': `${name}/${column.name}`,
      name: column.name,
      dataType: dataType(column.type),
      source: { fileSet: { '@id': fileSet }, extract: { column: column.name } }
    }))
  }
}

function dataType(type: string): string {
  if (type === 'BIGINT') return 'sc:Integer'
  if (type === 'DOUBLE') return 'sc:Float'
  return type === 'TIMESTAMP' ? 'sc:DateTime' : 'sc:Text'
}
