import { spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import process from 'node:process'
import { VdataError } from '../lib/errors.js'
import type { Context } from './context.js'

const MAX_BYTES = 1024 * 1024
const FALLBACKS = process.platform === 'win32' ? ['notepad'] : ['vim', 'vi', 'nano']

export interface EditOptions {
  /** What the editor is opened with. */
  text: string
  /** The ending of the file's name, by which editors choose colours: `.sql`. */
  ending: string
  /** What to do where there is no terminal, one sentence. */
  instead: string
}

/** Opens a text in $VISUAL, $EDITOR, or vim, and returns it as it was saved. */
export async function edit(context: Context, { text, ending, instead }: EditOptions): Promise<string> {
  if (!context.interactive) {
    throw new VdataError('usage', 'NO_TERMINAL', 'There is no terminal to open an editor in.', instead)
  }
  const editor = editorOf(context.env, instead)
  const folder = await mkdtemp(join(tmpdir(), 'vdata-'))
  try {
    const file = join(folder, `edit${ending}`)
    await writeFile(file, text, { mode: 0o600 })
    await open(editor, file)
    context.signal.throwIfAborted()
    if ((await stat(file)).size > MAX_BYTES) {
      throw new VdataError('usage', 'TEXT_TOO_LONG', 'What was saved is longer than 1 MB.', instead)
    }
    return await readFile(file, 'utf8')
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function editorOf(env: NodeJS.ProcessEnv, instead: string): string {
  const editor = env.VISUAL || env.EDITOR || FALLBACKS.find((name) => isInstalled(name, env))
  if (editor) return editor
  throw new VdataError('config', 'NO_EDITOR', 'No editor was found.', `Set $EDITOR to one, or: ${instead}`)
}

function isInstalled(name: string, env: NodeJS.ProcessEnv): boolean {
  if (process.platform === 'win32') return true
  return (env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

function open(editor: string, file: string): Promise<void> {
  // An editor can have arguments, `code --wait`: as in git, it is a piece of shell.
  const [command, args] =
    process.platform === 'win32'
      ? ['cmd', ['/d', '/s', '/c', `${editor} "${file}"`]]
      : ['sh', ['-c', `${editor} "$1"`, editor, file]]
  // Where stdout is piped away, the editor draws on the terminal that stderr is.
  const child = spawn(command as string, args as string[], { stdio: ['inherit', process.stdout.isTTY ? 1 : 2, 2] })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      const failed = `The editor '${editor}' did not end well, so nothing was done.`
      if (code === 0) resolve()
      else
        reject(new VdataError('error', 'EDITOR_FAILED', failed, 'Set $EDITOR to another one, or save before you quit.'))
    })
  })
}
