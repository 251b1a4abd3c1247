import type { OptionWord, Place } from './places.js'

// The scripts know the whole command tree, so that a Tab starts no process. Each finds the place of the cursor by walking
// over the words before it, then offers what can stand there, and files where nothing else is known.

export const SHELLS = ['bash', 'zsh', 'fish'] as const

const ROOT = 'vdata'

export type Shell = (typeof SHELLS)[number]

/** A completion script for a shell. */
export function completionScript(shell: Shell, places: readonly Place[]): string {
  return { bash, zsh, fish }[shell](places)
}

function bash(places: readonly Place[]): string {
  return `# vdata's completion for bash. In ~/.bashrc: source <(vdata completion bash)
_vdata() {
  local word=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} place=vdata words options index
  for ((index = 1; index < COMP_CWORD; index++)); do
    case "$place \${COMP_WORDS[index]}" in
      ${alternatives(places)}) place="$place \${COMP_WORDS[index]}" ;;
    esac
  done
  case "$place" in
${lines(places, bashPlace)}
  esac
  if [[ $word == -* ]]; then
    words="$options ${longFlags(places[0]?.options ?? [])}"
  else
    case "$place $previous" in
${lines(places, ({ path, options }) => values(path, options, bashReply))}
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F _vdata vdata
`
}

function bashPlace({ path, words, options }: Place): string[] {
  const names = words.map(({ name }) => name).join(' ')
  return [`    ${quote(path)}) words=${quote(names)} options=${quote(longFlags(path === ROOT ? [] : options))} ;;`]
}

function bashReply(choices: readonly string[]): string {
  // With an empty reply bash itself offers files.
  return choices.length > 0 ? `words=${quote(choices.join(' '))}` : 'words='
}

function longFlags(options: readonly OptionWord[]): string {
  return options.map(({ flags }) => flags[0]).join(' ')
}

function zsh(places: readonly Place[]): string {
  return `#compdef vdata
# vdata's completion for zsh. In ~/.zshrc, after compinit: source <(vdata completion zsh)
_vdata() {
  local place=vdata
  local -i index
  local -a items flags
  for ((index = 2; index < CURRENT; index++)); do
    case "$place $words[index]" in
      ${alternatives(places)}) place="$place $words[index]" ;;
    esac
  done
  case "$place" in
${lines(places, zshPlace)}
  esac
  if [[ $words[CURRENT] == -* ]]; then
    flags+=(${(places[0]?.options ?? []).map(zshFlag).join(' ')})
    _describe -o option flags
    return
  fi
  case "$place $words[CURRENT-1]" in
${lines(places, ({ path, options }) => values(path, options, zshReply))}
  esac
  if (( $#items )); then
    _describe command items
  else
    _files
  fi
}
if [[ $funcstack[1] == _vdata ]]; then _vdata "$@"; else compdef _vdata vdata; fi
`
}

function zshPlace({ path, words, options }: Place): string[] {
  const items = words.map(({ name, what }) => zshItem(name, what))
  const flags = path === ROOT ? [] : options.map(zshFlag)
  return [`    ${quote(path)}) items=(${items.join(' ')}) flags=(${flags.join(' ')}) ;;`]
}

function zshFlag({ flags, what }: OptionWord): string {
  return zshItem(flags[0] ?? '', what)
}

function zshItem(name: string, what: string): string {
  return quote(what ? `${name}:${what}` : name)
}

function zshReply(choices: readonly string[]): string {
  return choices.length > 0 ? `items=(${choices.map(quote).join(' ')})` : 'items=()'
}

function fish(places: readonly Place[]): string {
  return `# vdata's completion for fish: vdata completion fish > ~/.config/fish/completions/vdata.fish
function __vdata_at
  set -l place vdata
  for word in (commandline -opc)[2..]
    switch "$place $word"
      case ${childPaths(places).map(quote).join(' ')}
        set place "$place $word"
    end
  end
  test "$place" = "$argv"
end
${places.flatMap(fishPlace).join('\n')}
`
}

function fishPlace({ path, words, options }: Place): string[] {
  const here = `complete -c vdata -n ${quote(`__vdata_at ${path}`)}`
  const start = path === ROOT ? 'complete -c vdata' : here
  return [
    ...words.map(({ name, what }) => `${here} -f -a ${quote(name)}${fishWhat(what)}`),
    ...options.map((option) => start + fishOption(option))
  ]
}

function fishOption({ flags, what, takesValue, values: choices }: OptionWord): string {
  const names = flags.map((flag) => (flag.startsWith('--') ? ` -l ${flag.slice(2)}` : ` -s ${flag.slice(1)}`)).join('')
  const value = choices.length > 0 ? ` -x -a ${quote(choices.join(' '))}` : takesValue ? ' -r' : ''
  return names + value + fishWhat(what)
}

function fishWhat(what: string): string {
  return what ? ` -d ${quote(what)}` : ''
}

/** The places below the root, as the alternatives of a shell's `case`. */
function alternatives(places: readonly Place[]): string {
  return childPaths(places).map(quote).join('|')
}

/** What is offered after an option that takes a value: its known values, else files. */
function values(path: string, options: readonly OptionWord[], reply: (choices: readonly string[]) => string): string[] {
  return options
    .filter(({ takesValue }) => takesValue)
    .map((option) => {
      const patterns = option.flags.map((flag) => (path === ROOT ? `*${quote(' ' + flag)}` : quote(`${path} ${flag}`)))
      return `    ${patterns.join('|')}) ${reply(option.values)} ;;`
    })
}

function lines(places: readonly Place[], each: (place: Place) => string[]): string {
  return places.flatMap(each).join('\n')
}

function childPaths(places: readonly Place[]): string[] {
  return places.slice(1).map(({ path }) => path)
}

/** In single quotes, within which a shell takes nothing for special. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
