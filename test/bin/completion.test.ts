// The scripts in the shells themselves; a shell that is not installed is skipped.
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'brittle'
import { completionScript } from '../../bin/completion/scripts.js'
import { REGISTRY } from '../../bin/registry.js'
import { SETTINGS } from '../../bin/settings.js'
import { Cli } from '../helpers/cli.js'

const COMMANDS = REGISTRY.map(({ name }) => name).toSorted()

test('bash completes commands, sub-commands, options and values', { skip: !has('bash') }, async (t) => {
  const cli = await Cli.create(t)
  const { stdout } = await cli.run(['completion', 'bash'])
  const complete = (...words: string[]): string[] => {
    const line = words.map((word) => `'${word}'`).join(' ')
    const ask = `COMP_WORDS=(${line}) COMP_CWORD=${words.length - 1}; _vdata; printf '%s\\n' "\${COMPREPLY[@]}"`
    const { stdout: reply } = spawnSync('bash', ['--norc', '-c', `${stdout}\n${ask}`], { encoding: 'utf8' })
    return reply.split('\n').filter(Boolean).toSorted()
  }
  t.alike(complete('vdata', ''), COMMANDS)
  t.alike(complete('vdata', 'conf'), ['config'])
  t.alike(complete('vdata', '--json', 'conf'), ['config'], 'after an option')
  t.alike(complete('vdata', 'config', ''), ['get', 'list', 'set', 'unset'])
  t.alike(complete('vdata', 'config', 'get', ''), Object.keys(SETTINGS).toSorted())
  t.alike(complete('vdata', 'config', 'get', '--js'), ['--json'])
  t.alike(complete('vdata', 'completion', ''), ['bash', 'fish', 'zsh'])
  t.alike(complete('vdata', '--home', ''), [], 'a file')
  t.alike(complete('vdata', 'config', '--home', ''), [], 'a file')
})

test('an option’s known values are completed, and only after it', { skip: !has('bash') }, (t) => {
  const script = completionScript('bash', [
    {
      path: 'vdata',
      words: [{ name: 'gen', what: "it's" }],
      options: [{ flags: ['--log', '-l'], what: '', takesValue: true, values: ['low', 'high'] }]
    },
    {
      path: 'vdata gen',
      words: [],
      options: [
        { flags: ['--kind', '-k'], what: '', takesValue: true, values: ['chat', 'text'] },
        { flags: ['--out'], what: '', takesValue: true, values: [] },
        { flags: ['--fast'], what: '', takesValue: false, values: [] }
      ]
    }
  ])
  const complete = (...words: string[]): string => {
    const ask = `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}) COMP_CWORD=${words.length - 1}`
    return spawnSync('bash', ['--norc', '-c', `${script}\n${ask}; _vdata; echo "\${COMPREPLY[*]}"`])
      .stdout.toString()
      .trim()
  }
  t.is(complete('vdata', 'gen', '--kind', ''), 'chat text')
  t.is(complete('vdata', 'gen', '-k', 't'), 'text')
  t.is(complete('vdata', 'gen', '--log', ''), 'low high', 'a global option, anywhere')
  t.is(complete('vdata', 'gen', '--kind', '--'), '--kind --out --fast --log')
  t.is(complete('vdata', 'gen', '--out', ''), '')
  t.is(complete('vdata', 'gen', '--fast', ''), '')
})

test('zsh reads its script', { skip: !has('zsh') }, async (t) => {
  const cli = await Cli.create(t)
  const { stdout } = await cli.run(['completion', 'zsh'])
  writeFileSync(join(cli.home, 'script.zsh'), stdout)
  // The functions that zsh gives to a completion, as far as they are used, so that what they are called with can be seen.
  const harness = `
    compdef() { : }
    _files() { print FILES }
    _describe() { local name=$@[-1]; print -l -- \${\${(P)name}%%:*} }
    source ${cli.home}/script.zsh
    ask() { words=("$@") CURRENT=$#; print "== $*"; _vdata }
    ask vdata ''
    ask vdata config ''
    ask vdata config get ''
    ask vdata config list ''
    ask vdata config --home ''
    ask vdata config get -`
  const { stdout: reply, stderr, status } = spawnSync('zsh', ['-f', '-c', harness], { encoding: 'utf8' })
  t.is(status, 0, stderr)
  t.is(stderr, '')
  const answers = new Map(reply.split('== ').map((part) => [part.split('\n')[0], part.trimEnd().split('\n').slice(1)]))
  t.alike(answers.get('vdata ')?.toSorted(), COMMANDS)
  t.alike(answers.get('vdata config '), ['get', 'set', 'unset', 'list'])
  t.alike(answers.get('vdata config get '), Object.keys(SETTINGS))
  t.alike(answers.get('vdata config list '), ['FILES'])
  t.alike(answers.get('vdata config --home '), ['FILES'])
  t.ok(answers.get('vdata config get -')?.includes('--json'))
})

test('fish completes', { skip: !has('fish') }, async (t) => {
  const cli = await Cli.create(t)
  const { stdout } = await cli.run(['completion', 'fish'])
  mkdirSync(join(cli.home, '.config/fish/completions'), { recursive: true })
  writeFileSync(join(cli.home, '.config/fish/completions/vdata.fish'), stdout)
  // Fish completes only what it could run.
  writeFileSync(join(cli.home, 'vdata'), '#!/bin/sh\n', { mode: 0o755 })
  const PATH = `${cli.home}:${process.env.PATH}`
  const complete = (line: string): string[] => {
    const env = { PATH, HOME: cli.home, XDG_CONFIG_HOME: join(cli.home, '.config') }
    const reply = spawnSync('fish', ['-c', `complete -C '${line}'`], { env, encoding: 'utf8' })
    return reply.stdout
      .split('\n')
      .filter(Boolean)
      .map((each) => each.split('\t')[0] ?? '')
      .toSorted()
  }
  t.alike(complete('vdata '), COMMANDS)
  t.alike(complete('vdata config '), ['get', 'list', 'set', 'unset'])
  t.alike(complete('vdata config get '), Object.keys(SETTINGS).toSorted())
  t.alike(complete('vdata config get --js'), ['--json'])
  t.alike(complete('vdata completion '), ['bash', 'fish', 'zsh'])
})

function has(shell: string): boolean {
  return spawnSync(shell, ['--version']).status === 0
}
