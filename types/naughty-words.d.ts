// The lists of LDNOOBW by language tag; upstream ships no types.
declare module 'naughty-words' {
  const lists: { readonly en: readonly string[]; readonly [language: string]: readonly string[] }
  export default lists
}
