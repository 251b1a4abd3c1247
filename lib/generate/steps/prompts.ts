// What vdata itself says to a model. A change of any of these makes other requests of the recipes that use them.

export const DEEPEN =
  'Rewrite the instruction below so that it asks for more: add one constraint, one more step of reasoning or a more ' +
  'specific case. It must stay answerable, keep its subject and its language, and be at most 40 words longer. ' +
  'Answer with the rewritten instruction only.\n\nInstruction:\n'

export const BROADEN =
  'Write a new instruction inspired by the one below: of the same domain and about as long and as hard, but about ' +
  'something rarer. It must be answerable on its own and in the same language. ' +
  'Answer with the new instruction only.\n\nInstruction:\n'

export function judgePrompt(prompt: string, answer: string, scale: number): string {
  return (
    `Rate how well the answer serves the prompt: correct, complete, safe, free of stereotypes. Give a score from 1 to ` +
    `${scale} as JSON and nothing else: {"score": <number>}\n\nPrompt:\n${prompt}\n\nAnswer:\n${answer}`
  )
}

export function verbalizedSuffix(answers: number): string {
  return (
    `\n\nGive ${answers} different answers, each with the probability (0 to 1) with which you would give it. ` +
    `Answer with JSON only: {"answers": [{"text": "…", "probability": 0.1}]}`
  )
}

export function topicsPrompt(path: readonly string[], degree: number): string {
  return (
    `List ${degree} subtopics of "${path.join(' > ')}" that differ from one another and together cover it well. ` +
    `Answer with JSON only: {"topics": ["…"]}`
  )
}

export const FOLLOW_UP =
  'Below is a conversation. Write the next message of the user: a natural follow-up question or request in the same ' +
  'language. Answer with that message only.\n\n'
