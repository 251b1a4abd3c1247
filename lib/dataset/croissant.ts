import { COLUMNS, type Column } from '../record/fields.js'
import { valuesOf } from './card.js'
import type { Description } from './describe.js'

// Croissant 1.1 (docs/croissant-spec-1.1.md in mlcommons/croissant), with its vocabulary for responsible AI.

export const CONFORMS_TO = ['http://mlcommons.org/croissant/1.1', 'http://mlcommons.org/croissant/RAI/1.0']

/** The JSON-LD context of the specification's first appendix, as far as its words are used. */
export const CONTEXT = {
  '@language': 'en',
  '@vocab': 'https://schema.org/',
  sc: 'https://schema.org/',
  cr: 'http://mlcommons.org/croissant/',
  rai: 'http://mlcommons.org/croissant/RAI/',
  dct: 'http://purl.org/dc/terms/',
  column: 'cr:column',
  conformsTo: 'dct:conformsTo',
  data: { '@id': 'cr:data', '@type': '@json' },
  dataType: { '@id': 'cr:dataType', '@type': '@vocab' },
  examples: { '@id': 'cr:examples', '@type': '@json' },
  extract: 'cr:extract',
  field: 'cr:field',
  fileObject: 'cr:fileObject',
  fileSet: 'cr:fileSet',
  includes: 'cr:includes',
  isArray: 'cr:isArray',
  isLiveDataset: 'cr:isLiveDataset',
  jsonPath: 'cr:jsonPath',
  md5: 'cr:md5',
  recordSet: 'cr:recordSet',
  source: 'cr:source',
  subField: 'cr:subField'
}

const FILE = 'data.jsonl'

/** A release's description in Croissant, or that of the newest state, as JSON-LD. */
export function croissantOf(state: Description): object {
  const { link, hash, facts, release, contributors } = state
  const { dataset, facets, licenses, raw_bytes } = facts
  // What was purged since is missing in the file.
  const file = facts.purged_since === 0 ? release?.jsonl : undefined
  return {
    '@context': CONTEXT,
    '@type': 'sc:Dataset',
    conformsTo: CONFORMS_TO,
    name: dataset.name,
    description: [dataset.description || dataset.title || dataset.name, release?.notes].filter(Boolean).join('\n\n'),
    url: link,
    version: release?.name ?? String(facts.index),
    datePublished: release?.at ?? dataset.created_at,
    dateCreated: dataset.created_at,
    license: Object.keys(licenses).sort().map(licenseUrl),
    creator: contributors.map((each) => party(each.name, each.key)),
    publisher: dataset.moderators.map((each) => party(each.name, each.key)),
    inLanguage: valuesOf(facets, 'language'),
    keywords: ['synthetic', 'vdata', ...valuesOf(facets, 'topic')],
    identifier: {
      '@type': 'PropertyValue',
      propertyID: 'hypercore tree hash',
      value: hash,
      description: `Tree hash (BLAKE2b-256) of the dataset's index with ${facts.index} entries`
    },
    // Only a release has files that stay as they are.
    isLiveDataset: release === null,
    distribution: [
      {
        '@type': 'cr:FileObject',
        '@id': FILE,
        name: FILE,
        description: `What \`vdata pull ${FILE} --from ${link}\` writes: one record a line.`,
        contentUrl: link,
        contentSize: `${file?.bytes ?? raw_bytes} B`,
        encodingFormat: 'application/jsonlines',
        ...(file && { sha256: file.sha256 })
      }
    ],
    recordSet: [
      {
        '@type': 'cr:RecordSet',
        '@id': 'records',
        name: 'records',
        description: 'One training example each; which columns are filled depends on its kind.',
        field: COLUMNS.map(fieldOf)
      }
    ],
    ...responsible(state)
  }
}

export function croissantText(state: Description): string {
  return JSON.stringify(croissantOf(state), null, 2) + '\n'
}

/** What is known of the data's origin and risks. */
function responsible({ facts, contributors, made, bias }: Description): { [property: string]: unknown } {
  const personal = Object.entries(facts.check).filter(([code]) => code.startsWith('pii') || code === 'secret')
  const found = personal.map(([code, records]) => `${code}: ${records} records`)
  return {
    'rai:hasSyntheticData': true,
    'rai:dataCollection':
      `Text that language models or templates made from recipes, given by ${contributors.length} contributors as sealed ` +
      'volumes, checked by machine and accepted by a moderator. The columns provider, model, recipe and terms say how each record was made.',
    'rai:dataCollectionType': ['Others'],
    ...(made && { 'rai:dataCollectionTimeframe': [made.from, made.to].map((time) => new Date(time).toISOString()) }),
    'rai:dataManipulationProtocol': `Volumes are never changed. Of them ${facts.dropped} records were taken out again.`,
    ...(found.length > 0 && {
      'rai:personalSensitiveInformation': [
        `What looked like personal data when the volumes were accepted, dropped records among it: ${found.join(', ')}.`
      ]
    }),
    ...(bias.length > 0 && {
      'rai:dataBiases': bias.map(
        ({ label, value, low, high, texts }) =>
          `${label}: ${value.toFixed(4)} (95 % interval ${low.toFixed(4)} to ${high.toFixed(4)}, ${texts} texts; zero is best)`
      )
    }),
    'rai:dataLimitations': ['Synthetic text can be wrong, and has the habits of the models that wrote it.'],
    'rai:dataUseCases': ['Training and fine-tuning of language models.'],
    'rai:dataReleaseMaintenancePlan': [
      'A release never changes, except that records can be purged from it: nobody can have those any more.'
    ]
  }
}

function party(name: string, key: string) {
  return { '@type': 'sc:Organization', name: name || key, identifier: key }
}

/** An SPDX identifier's page; what is no identifier stays as it is. */
function licenseUrl(id: string): string {
  return /^[A-Za-z0-9.+-]+$/.test(id) && id !== 'other' ? `https://spdx.org/licenses/${id}.html` : id
}

const TYPES: { readonly [column in Column]?: string } = {
  temperature: 'sc:Float',
  seed: 'sc:Integer',
  input_tokens: 'sc:Integer',
  output_tokens: 'sc:Integer',
  created_at: 'sc:DateTime',
  terms: 'sc:URL'
}

const ABOUT: { readonly [column in Column]?: string } = {
  kind: 'instruction, chat, preference or text',
  messages: 'the turns of a chat',
  language: 'BCP 47',
  recipe: 'hash of the recipe that it was made by',
  license: "SPDX; where it is missing, the volume's licence holds",
  terms: "the provider's terms under which it was made",
  extra: 'whatever else came with the record, as JSON'
}

function fieldOf(column: Column) {
  const field = {
    '@type': 'cr:Field',
    '@id': `records/${column}`,
    name: column,
    ...(ABOUT[column] && { description: ABOUT[column] })
  }
  const source = { fileObject: { '@id': FILE }, extract: { column } }
  if (column === 'messages') {
    const parts = ['role', 'content', 'name'].map((part) => ({
      '@type': 'cr:Field',
      '@id': `records/messages/${part}`,
      name: part,
      dataType: 'sc:Text',
      source: { fileObject: { '@id': FILE }, extract: { jsonPath: `$.messages[*].${part}` } }
    }))
    return { ...field, isArray: true, source, subField: parts }
  }
  return { ...field, dataType: TYPES[column] ?? 'sc:Text', ...(column === 'tags' && { isArray: true }), source }
}
