// A causal model small enough to be written by hand: the next word depends on the last one alone (a bigram model).
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The words it knows; a word's number is its place. */
export const WORDS = [
  '<s>',
  '<unk>',
  'the',
  'children',
  'went',
  'to',
  'school',
  'in',
  'morning',
  '.',
  'he',
  'she',
  'is',
  'kind'
]

/** The logit of a word after another. */
export function logit(before: number, word: number): number {
  return ((before * 7 + word * 13) % 11) / 3
}

/** Writes the model as transformers.js reads it: configuration, tokenizer and onnx/model.onnx. */
export async function writeTinyModel(folder: string): Promise<void> {
  await mkdir(join(folder, 'onnx'), { recursive: true })
  const json = (name: string, value: unknown): Promise<void> => writeFile(join(folder, name), JSON.stringify(value))
  const vocab = Object.fromEntries(WORDS.map((word, id) => [word, id]))
  const sizes = { n_layer: 1, n_head: 1, n_embd: 1, vocab_size: WORDS.length }
  await json('config.json', { model_type: 'gpt2', architectures: ['GPT2LMHeadModel'], ...sizes })
  await json('tokenizer_config.json', { tokenizer_class: 'PreTrainedTokenizer', bos_token: '<s>', unk_token: '<unk>' })
  await json('tokenizer.json', {
    version: '1.0',
    added_tokens: [
      { id: 0, content: '<s>', special: true, single_word: false, lstrip: false, rstrip: false, normalized: false }
    ],
    normalizer: { type: 'Lowercase' },
    pre_tokenizer: { type: 'Whitespace' },
    post_processor: null,
    decoder: null,
    model: { type: 'WordLevel', vocab, unk_token: '<unk>' }
  })
  await writeFile(join(folder, 'onnx', 'model.onnx'), tinyModel())
}

/** logits = Gather(table, input_ids), as an ONNX file: protocol buffers of ModelProto. */
function tinyModel(): Buffer {
  const size = WORDS.length
  const table = Buffer.alloc(size * size * 4)
  for (let a = 0; a < size; a++) for (let b = 0; b < size; b++) table.writeFloatLE(logit(a, b), (a * size + b) * 4)
  const [FLOAT, INT64] = [1, 7]
  const value = (name: string, type: number, dims: (string | number)[]): Buffer => {
    const shape = dims.map((dim) => field(1, typeof dim === 'number' ? number(1, dim) : text(2, dim)))
    return Buffer.concat([text(1, name), field(2, field(1, number(1, type), field(2, ...shape)))])
  }
  const graph = [
    field(1, text(1, 'table'), text(1, 'input_ids'), text(2, 'logits'), text(4, 'Gather')),
    text(2, 'bigrams'),
    field(5, number(1, size), number(1, size), number(2, FLOAT), text(8, 'table'), field(9, table)),
    field(11, value('input_ids', INT64, ['batch', 'length'])),
    field(12, value('logits', FLOAT, ['batch', 'length', size]))
  ]
  return Buffer.concat([number(1, 8), field(7, ...graph), field(8, text(1, ''), number(2, 13))])
}

function number(tag: number, value: number): Buffer {
  return Buffer.from([...varint(tag << 3), ...varint(value)])
}

function text(tag: number, value: string): Buffer {
  return field(tag, Buffer.from(value))
}

function field(tag: number, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  return Buffer.concat([Buffer.from([...varint((tag << 3) | 2), ...varint(body.length)]), body])
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)]
}
