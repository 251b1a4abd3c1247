import type { Command } from 'commander'
import { pathOf } from '../help.js'

/** What can stand at one place of a command line: after `vdata`, after `vdata config`, after `vdata config set`. */
export interface Place {
  /** The words before it, `vdata config`. */
  path: string
  words: Word[]
  /** The options of this command alone; those of the root are understood everywhere. */
  options: OptionWord[]
}

export interface Word {
  name: string
  what: string
}

export interface OptionWord {
  /** `--quiet` and, where there is one, `-q`; the long one first. */
  flags: string[]
  what: string
  takesValue: boolean
  /** The values it can have, where they are known; else it is taken to be a file. */
  values: string[]
}

/** Every place of a command tree, the root first. */
export function placesOf(command: Command): Place[] {
  const children = command.commands.flatMap(placesOf)
  return [{ path: pathOf(command), words: wordsOf(command), options: optionsOf(command) }, ...children]
}

function wordsOf(command: Command): Word[] {
  const help = command.createHelp()
  const commands = command.commands.map((child) => ({ name: child.name(), what: help.subcommandDescription(child) }))
  const values = command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices)
  return [...commands, ...values.map((name) => ({ name, what: '' }))]
}

function optionsOf(command: Command): OptionWord[] {
  // Only what the root's help shows includes --help itself.
  const options = command.parent ? command.options : command.createHelp().visibleOptions(command)
  return options.map((option) => ({
    flags: [option.long, option.short].filter((flag) => typeof flag === 'string'),
    what: option.description,
    takesValue: option.required || option.optional,
    values: option.argChoices ?? []
  }))
}
