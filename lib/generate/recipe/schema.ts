import { z } from 'zod'
import { FORMS } from '../balance/members.js'
import { KINDS } from '../../record/types.js'

export const PROVIDERS = ['template', 'openai', 'gemini'] as const

const text = (most: number) => z.string().min(1).max(most)
const template = text(100_000).describe('A template: {{variable}}, {% if %}, {% for %} (Liquid)')
const scalar = z.union([z.string().max(100_000), z.number(), z.boolean()])

const member = z
  .strictObject(Object.fromEntries(FORMS.map((form) => [form, text(200).optional()])))
  .refine((forms) => forms['subject'] !== undefined, 'a member needs at least its subject form')
  .describe('A member of a group, with the forms of its word')

const identifier = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'a name of letters, digits and _')

/** A fixed number, or what it is drawn from: anew for each request, from the recipe's seed. */
const parameter = (least: number, most: number) => {
  const bounded = z.number().min(least).max(most)
  return z.union([
    bounded,
    z
      .strictObject({ min: bounded, max: bounded })
      .refine(({ min, max }) => min <= max, 'min must not be above max')
      .describe('Drawn evenly from min to max'),
    z.strictObject({ choices: z.array(bounded).min(1).max(100) }).describe('One of these, drawn evenly'),
    z
      .strictObject({
        mean: bounded,
        deviation: z
          .number()
          .positive()
          .max(most - least)
      })
      .describe(`Drawn from a normal distribution, cut off at ${least} and ${most}`)
  ])
}

const rows = z.union([
  text(4096).describe('Path of a JSON Lines, CSV or Parquet file, relative to the recipe'),
  z.strictObject({
    file: text(4096),
    columns: z.array(text(200)).min(1).max(1000).optional().describe('Only these columns'),
    limit: z.number().int().min(1).optional().describe('Only the first rows')
  })
])

/** A tree of topics: names, each alone or with its subtopics. */
export type TopicTree = (string | { [topic: string]: TopicTree })[]
const topicTree: z.ZodType<TopicTree, TopicTree> = z.lazy(() =>
  z
    .array(z.union([text(200), z.record(text(200), topicTree)]))
    .min(1)
    .max(10_000)
)

const price = z.number().min(0).max(1_000_000)

export const recipeSchema = z.strictObject({
  $schema: z.string().max(4096).optional().describe('Where the JSON Schema of recipes is, for editors'),
  provider: z.enum(PROVIDERS).default('template').describe('Who writes the answers; template needs no key'),
  model: text(200).optional().describe("The model's name as its provider spells it"),
  base_url: z
    .url({ protocol: /^https?$/ })
    .max(2048)
    .optional()
    .describe('A compatible server: http://127.0.0.1:11434/v1'),
  count: z.number().int().min(1).max(10_000_000).optional().describe('How many records to aim for'),
  seed: z
    .number()
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .default(0)
    .describe('Same recipe, same seed, same requests'),
  kind: z.enum(KINDS).default('instruction').describe('The shape of the records'),

  prompt: template,
  system: template.optional(),
  response: template.optional().describe('With provider template: the answer'),
  chosen: template.optional().describe('With provider template and kind preference: the better answer'),
  rejected: z
    .union([
      template.describe('With provider template and kind preference: the worse answer'),
      z
        .strictObject({
          system: template.optional(),
          prompt: template.optional(),
          model: text(200).optional(),
          temperature: parameter(0, 2).optional()
        })
        .describe('With a model: how the worse answer is asked for')
    ])
    .optional(),
  messages: z
    .array(z.strictObject({ role: z.enum(['system', 'user', 'assistant']), content: template }))
    .min(2)
    .max(100)
    .optional()
    .describe('With provider template and kind chat: the conversation'),
  turns: z.number().int().min(1).max(20).default(1).describe('With kind chat: how often the model answers'),
  follow_up: template.optional().describe("With kind chat: how the user's next message is asked for"),

  variables: z
    .record(
      identifier,
      z
        .array(z.union([scalar, z.array(scalar).max(10_000), member]))
        .min(1)
        .max(1_000_000)
    )
    .default({})
    .describe('What a template may name, and the values it takes'),
  data: z
    .union([rows, z.array(rows).min(1).max(8)])
    .optional()
    .describe('Files whose columns are variables'),
  personas: z
    .union([z.array(text(10_000)).min(1).max(1_000_000), rows])
    .optional()
    .describe('The values of the variable persona'),
  topics: z
    .union([
      topicTree,
      z
        .strictObject({
          root: text(1000),
          degree: z.number().int().min(1).max(50).default(5),
          depth: z.number().int().min(1).max(4).default(1)
        })
        .describe('Built by the model: degree subtopics for each topic, depth levels deep')
    ])
    .optional()
    .describe('A tree of topics; its leaves are the values of the variable topic'),
  balance: z
    .array(text(100))
    .min(1)
    .max(4)
    .optional()
    .describe('Variables (or built-in groups) of which every member gets the same sentences'),
  balance_mode: z
    .enum(['swap', 'ask'])
    .default('swap')
    .describe("swap: ask once and exchange the group's words; ask: ask for each member"),
  examples: z
    .strictObject({
      pool: z.union([z.array(z.strictObject({ prompt: text(100_000), response: text(100_000) })).min(1), rows]),
      count: z.number().int().min(1).max(50).default(3)
    })
    .optional()
    .describe('Few-shot examples: count of them are drawn from the pool for each request'),
  samples: z.number().int().min(1).max(1000).default(1).describe('How many answers to each prompt'),
  verbalized: z
    .strictObject({
      answers: z.number().int().min(2).max(20).default(5),
      keep: z.number().int().min(1).max(20).default(1),
      below: z.number().gt(0).max(1).default(0.2)
    })
    .optional()
    .describe('Verbalised sampling: ask for several answers with their probabilities, keep unlikely ones'),
  evolve: z
    .array(
      z.union([
        z.enum(['deepen', 'broaden']),
        z.strictObject({ prompt: template.describe('Names {{instruction}}, which is to be rewritten') })
      ])
    )
    .min(1)
    .max(10)
    .optional()
    .describe('Steps in which the model rewrites the prompt before it is answered'),
  judge: z
    .strictObject({
      prompt: template.optional().describe('May name {{prompt}} and {{answer}}; asks for a score'),
      model: text(200).optional(),
      threshold: z.number().min(0).max(100).default(7),
      scale: z.number().int().min(2).max(100).default(10)
    })
    .optional()
    .describe('A second question scores each answer; only what reaches the threshold is kept'),
  schema: z.record(z.string(), z.unknown()).optional().describe('JSON Schema that each answer must follow'),
  fields: z
    .partialRecord(z.enum(['prompt', 'response', 'text', 'chosen', 'rejected', 'system']), text(200))
    .optional()
    .describe("With schema: which of the answer's properties becomes which field"),

  temperature: parameter(0, 2).optional(),
  top_p: parameter(0, 1).optional(),
  max_tokens: z.number().int().min(1).max(1_000_000).default(1024).describe('The most that an answer may have'),
  stop: z.array(text(200)).min(1).max(4).optional(),
  send_seed: z.boolean().default(false).describe('Send a seed of its own with each request'),
  options: z.record(z.string(), z.unknown()).optional().describe('Put into the request as it is'),

  license: text(100).optional().describe("SPDX identifier of the records' licence"),
  terms: z.url().max(2048).optional().describe("The provider's terms; known for api.openai.com and Gemini"),
  topic: template.optional(),
  language: text(35).optional().describe('BCP 47'),
  tags: z.array(template).max(50).optional(),

  concurrency: z.number().int().min(1).max(4096).optional().describe('The most requests in flight; else it adapts'),
  requests_per_minute: z.number().int().min(1).optional(),
  tokens_per_minute: z.number().int().min(1).optional(),
  timeout: z.number().gt(0).max(300).default(120).describe('Seconds until an answer is given up'),
  attempts: z.number().int().min(1).max(100).default(6).describe('How often a failing request is sent in one run'),
  backoff: z
    .strictObject({
      first: z.number().gt(0).max(3600).default(1),
      longest: z.number().gt(0).max(3600).default(60)
    })
    .prefault({})
    .describe('Seconds: the first wait after a failure goes up to first, each next one up to twice as long'),
  batch: z.boolean().default(false).describe("OpenAI's Batch API: half the price, within a day"),
  prices: z
    .strictObject({ input: price, output: price, batch_input: price.optional(), batch_output: price.optional() })
    .optional()
    .describe('US dollars for a million tokens'),
  budget: z.number().gt(0).optional().describe('US dollars that are never exceeded'),
  budget_warn: z.number().gt(0).optional().describe('US dollars from which a warning is given'),
  confirm_over: z.number().min(0).default(1).describe('US dollars above which you are asked before the run'),
  keep: z
    .strictObject({
      refusals: z.boolean().default(false),
      duplicates: z.boolean().default(false),
      near_duplicates: z.boolean().optional(),
      similarity: z.number().min(0.5).max(1).default(0.8),
      min_words: z.number().int().min(0).default(1),
      max_words: z.number().int().min(1).optional()
    })
    .prefault({})
    .describe('What is kept that is dropped else, and the bounds of an answer')
})

/** A recipe with every default filled in. */
export type Recipe = z.output<typeof recipeSchema>
/** A recipe as people write it. */
export type RecipeInput = z.input<typeof recipeSchema>
export type Parameter = NonNullable<Recipe['temperature']>
export type Rows = z.output<typeof rows>

/** The keys that say how a run goes and not what it asks for: a change of one makes no other recipe of it. */
export const RUN_KEYS: ReadonlySet<string> = new Set([
  '$schema',
  'count',
  'concurrency',
  'requests_per_minute',
  'tokens_per_minute',
  'timeout',
  'attempts',
  'backoff',
  'batch',
  'prices',
  'budget',
  'budget_warn',
  'confirm_over'
])
