/** A text without its fenced blocks of code, which have no sentences and repeat themselves rightly. */
export function withoutCode(text: string): string {
  return text.includes('```') ? text.replace(/```[^]*?(?:```|$)/g, '') : text
}
