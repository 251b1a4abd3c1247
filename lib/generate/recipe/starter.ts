/** A recipe to begin with: valid as it is, with a comment for each key (a key that begins with // is one). */
export function starterRecipe(schemaUrl: string): string {
  return `{
  "$schema": ${JSON.stringify(schemaUrl)},
  "// provider": "template needs no key: the templates below are the answers. openai and gemini ask a model. augment balances records that are there: { \\"provider\\": \\"augment\\", \\"data\\": \\"records.jsonl\\" } is a whole recipe.",
  "provider": "template",
  "// model": "With openai or gemini: \\"model\\": \\"gpt-4o-mini\\", and no \\"response\\". A server of your own: \\"base_url\\": \\"http://127.0.0.1:11434/v1\\".",
  "// count": "How many records to aim for. Same recipe and seed, same requests.",
  "count": 200,
  "seed": 1,
  "// kind": "instruction, chat, preference or text.",
  "kind": "instruction",
  "topic": "employment",
  "language": "en",
  "license": "CC0-1.0",
  "// variables": "Each combination of these is one prompt. Also: data (files), personas, topics, examples.",
  "variables": {
    "occupation": ["nurse", "engineer", "judge"],
    "person": ["he", "she"]
  },
  "// balance": "Every member of these variables gets the same sentences. {{person.object}}, {{person.possessive}} and so on agree with it.",
  "balance": ["person"],
  "prompt": "Describe the {{occupation}}'s first day at work.",
  "response": "On the first day {{person}} met the team, and as {{occupation | a}} {{person}} was trusted at once. The others asked {{person.object}} about {{person.possessive}} plans.",
  "// more": "temperature (0.8, or drawn: { \\"min\\": 0.7, \\"max\\": 1.1 }), samples, verbalized, evolve, judge, schema, budget, requests_per_minute, batch."
}
`
}
