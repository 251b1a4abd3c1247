import { join, resolve } from 'node:path'
import { messageOf, VdataError } from '../../errors.js'
import type { LogProbabilities, Prompt, Scorer } from './scorer.js'

/** What is used of the optional package @huggingface/transformers. */
interface Transformers {
  env: { allowRemoteModels: boolean; localModelPath: string }
  AutoTokenizer: { from_pretrained(name: string): Promise<Tokenizer> }
  AutoModelForCausalLM: { from_pretrained(name: string, options: { dtype: string }): Promise<Model> }
  Tensor: new (type: 'int64', data: BigInt64Array, dims: number[]) => unknown
}

interface Tokenizer {
  encode(text: string, options?: { add_special_tokens?: boolean }): number[]
  bos_token_id?: number | null
  eos_token_id?: number | null
}

interface Model {
  (inputs: { input_ids: unknown; attention_mask: unknown }): Promise<{ logits: { data: Float32Array; dims: number[] } }>
  dispose(): Promise<unknown>
}

export interface OnnxModel {
  /** The folder that holds the model's folder. */
  folder: string
  /** The model's folder in it: config.json, tokenizer.json and onnx/. */
  model: string
}

const PACKAGE = '@huggingface/transformers'

/**
 * A causal model in ONNX form, run in this process. It is read from disk only; nothing is ever fetched.
 * @throws VdataError config: ONNX_MISSING where the optional package is not installed, ONNX_UNREADABLE
 */
export async function openOnnx({ folder, model: name }: OnnxModel): Promise<Scorer> {
  const library = await load()
  library.env.allowRemoteModels = false
  library.env.localModelPath = resolve(folder)
  const { tokenizer, model } = await read(library, folder, name)
  const start = tokenizer.bos_token_id ?? tokenizer.eos_token_id ?? undefined
  const tensor = (values: number[]): unknown =>
    new library.Tensor('int64', BigInt64Array.from(values, BigInt), [1, values.length])
  return {
    method: 'onnx',
    identity: JSON.stringify(['onnx', folder, name]),
    async score({ context, text }: Prompt): Promise<LogProbabilities> {
      const plain = { add_special_tokens: false }
      const before = context === '' ? [] : tokenizer.encode(context.trimEnd(), plain)
      const own = tokenizer.encode(context === '' ? text : ' ' + text, plain)
      const ids = [...(start === undefined ? [] : [start]), ...before, ...own]
      const { logits } = await model({ input_ids: tensor(ids), attention_mask: tensor(ids.map(() => 1)) })
      const vocabulary = logits.dims[2]!
      const from = Math.max(1, ids.length - own.length)
      return ids.slice(from).map((id, n) => logProbability(logits.data, (from + n - 1) * vocabulary, vocabulary, id))
    },
    async close() {
      await model.dispose()
    }
  }
}

async function read(
  { AutoTokenizer, AutoModelForCausalLM }: Transformers,
  folder: string,
  name: string
): Promise<{ tokenizer: Tokenizer; model: Model }> {
  try {
    const tokenizer = await AutoTokenizer.from_pretrained(name)
    return { tokenizer, model: await AutoModelForCausalLM.from_pretrained(name, { dtype: 'fp32' }) }
  } catch (error) {
    throw new VdataError(
      'config',
      'ONNX_UNREADABLE',
      `The model ${name} in ${folder} can't be read: ${messageOf(error)}`,
      `${join(folder, name)} needs config.json, tokenizer.json, tokenizer_config.json and onnx/model.onnx; nothing is fetched.`,
      { cause: error }
    )
  }
}

/** log softmax of one position's logits at one token. */
export function logProbability(logits: Float32Array, from: number, vocabulary: number, token: number): number {
  let most = -Infinity
  for (let n = from; n < from + vocabulary; n++) most = Math.max(most, logits[n]!)
  let sum = 0
  for (let n = from; n < from + vocabulary; n++) sum += Math.exp(logits[n]! - most)
  return logits[from + token]! - most - Math.log(sum)
}

async function load(): Promise<Transformers> {
  try {
    // By a name that the compiler does not follow: the package is optional.
    return (await import(PACKAGE as string)) as Transformers
  } catch (error) {
    throw new VdataError(
      'config',
      'ONNX_MISSING',
      `Models are run in this process by the optional package ${PACKAGE}, which is not installed.`,
      `Run 'ONNXRUNTIME_NODE_INSTALL=skip npm install ${PACKAGE}' (with -g where vdata is installed so), or use --base-url.`,
      { cause: error }
    )
  }
}
