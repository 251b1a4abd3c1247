import { Argument, type Command } from 'commander'
import { placesOf } from '../completion/places.js'
import { completionScript, SHELLS, type Shell } from '../completion/scripts.js'
import type { Context } from '../context.js'
import { examples } from '../help.js'
import { wholeProgram } from '../program.js'

/** `vdata completion <shell>`: made from the command tree, so that it is never behind it. */
export function define(command: Command, context: () => Context): void {
  command
    .description('Print a script with which a shell completes commands, options and values.')
    .addArgument(new Argument('<shell>', 'the shell that is to read it').choices(SHELLS))
    .action(async (shell: Shell) => {
      const script = completionScript(shell, placesOf(await wholeProgram()))
      context().result({ shell, script }, script.trimEnd())
    })
  examples(command, [
    ['source <(vdata completion bash)', 'for this bash; write it into ~/.bashrc for every one'],
    ['source <(vdata completion zsh)', 'for this zsh; write it into ~/.zshrc, after compinit'],
    ['vdata completion fish > ~/.config/fish/completions/vdata.fish', 'for every fish']
  ])
}
