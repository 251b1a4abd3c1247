import { CROWS_SOURCE } from './crows.js'
import { STEREOSET_SOURCE } from './stereoset.js'

export interface RecipeStep {
  what: string
  commands: string[]
}

const SPLIT = '--split train=0.95,test=0.05'
const CLEAN = '--decontaminate dev.json --decontaminate crows_pairs_anonymized.csv'

/** The steps from a dataset to a model benched before and after, as they are typed. */
export function benchRecipe(link = 'vdata://…'): RecipeStep[] {
  return [
    {
      what: 'Get the benchmarks. They are share-alike and not for training; keep them out of your data.',
      commands: [
        `curl -fLo dev.json ${STEREOSET_SOURCE.url}`,
        `curl -fLo crows_pairs_anonymized.csv ${CROWS_SOURCE.url}`
      ]
    },
    {
      what:
        'Pull the dataset with a split, without records that share text with the benchmarks: ' +
        'as chat for TRL, or as text for llama.cpp.',
      commands: [
        `vdata pull data/all.jsonl --from ${link} --format chat ${SPLIT} ${CLEAN}`,
        `vdata pull all.txt --from ${link} --text ${SPLIT} ${CLEAN}`
      ]
    },
    { what: 'Measure the bias of what you train on.', commands: ['vdata bias data/all.train.jsonl --html bias.html'] },
    {
      what: 'Serve the model as it is, and bench it.',
      commands: [
        'vllm serve openai-community/gpt2 --port 8000',
        "vdata bench --base-url http://127.0.0.1:8000/v1 --model openai-community/gpt2 --start-token '<|endoftext|>' --stereoset dev.json --crows crows_pairs_anonymized.csv --output before.json"
      ]
    },
    {
      what: 'Fine-tune it with TRL, or with llama.cpp (llama-finetune, for a GGUF model).',
      commands: [
        'trl sft --model_name_or_path openai-community/gpt2 --dataset_name ./data --output_dir tuned --num_train_epochs 1 --seed 1',
        'llama-finetune --model base.gguf --file all.train.txt --output tuned.gguf'
      ]
    },
    {
      what: 'Serve the tuned model, and bench it in the same way.',
      commands: [
        'vllm serve ./tuned --port 8000',
        "vdata bench --base-url http://127.0.0.1:8000/v1 --model ./tuned --start-token '<|endoftext|>' --stereoset dev.json --crows crows_pairs_anonymized.csv --output after.json"
      ]
    },
    {
      what: 'Compare the two, pair by pair.',
      commands: ['vdata bench compare before.json after.json --markdown comparison.md']
    }
  ]
}
