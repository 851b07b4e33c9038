import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runAction, type RunOptions } from '../support/runner.ts'

/** An action that does one thing of each kind; `mode` chooses how it ends. */
const MAIN = `
import { appendFileSync, writeFileSync } from 'node:fs'
import { spawn } from 'node:child_process'
const env = process.env
console.log('cwd ' + process.cwd())
console.log('mode ' + env['INPUT_MODE'] + ', colour ' + env['INPUT_MAIN-COLOUR'])
console.log('::add-mask::hunter2')
console.error('password hunter2')
appendFileSync(env.GITHUB_OUTPUT, 'answer<<E\\n42\\nE\\n')
appendFileSync(env.GITHUB_STATE, 'left=something\\n')
appendFileSync(env.GITHUB_STEP_SUMMARY, '# done with hunter2\\n')
console.log('inherited ' + Object.keys(env).filter(name => /^(NODE_|npm_|JEST)/.test(name)))
if (env.INPUT_MODE === 'fail') process.exitCode = 1
if (env.INPUT_MODE === 'garble') appendFileSync(env.GITHUB_OUTPUT, 'nonsense\\n')
if (env.INPUT_MODE === 'litter') writeFileSync(env.RUNNER_TEMP + '/config.json', '{}')
if (env.INPUT_MODE === 'orphan') spawn('sleep', ['600'], { detached: true, stdio: 'ignore' }).unref()
if (env.INPUT_MODE === 'wait') {
  const timer = setInterval(() => {}, 1000)
  process.on('SIGINT', () => {
    clearInterval(timer)
    console.log('stopping')
    process.exitCode = 130
  })
  console.log('waiting')
}
`
const POST = `console.log('post knows ' + process.env.STATE_left)`
const MANIFEST = `
inputs:
  mode: { description: how it ends, default: plain }
  main-colour: { description: a colour, default: red }
runs: { using: node24, main: dist/index.js, post: dist/post.js, post-if: always() }
`

let action: string
beforeAll(async () => {
  action = await mkdtemp(join(tmpdir(), 'fake-action-'))
  await mkdir(join(action, 'dist'))
  await writeFile(join(action, 'action.yml'), MANIFEST)
  await writeFile(join(action, 'package.json'), '{"type":"module"}')
  await writeFile(join(action, 'dist/index.js'), MAIN)
  await writeFile(join(action, 'dist/post.js'), POST)
})
afterAll(() => rm(action, { recursive: true }))

const run = (inputs: Record<string, string> = {}, more: Partial<RunOptions> = {}) =>
  runAction({ action, inputs, ...more })

describe('runAction', () => {
  test('hands over inputs with their defaults and collects everything a step says', async () => {
    const result = await run({ 'main-colour': 'blue' })
    expect(result).toMatchObject({
      exitCode: 0,
      signal: null,
      conclusion: 'success',
      outputs: { answer: '42' },
      state: { left: 'something' },
      summary: '# done with ***\n',
      masks: ['hunter2'],
      annotations: [],
      leftovers: [],
      orphans: [],
    })
    expect(result.log).toContain('mode plain, colour blue\n')
    expect(result.log).toContain('password ***\n')
    expect(result.stderr).toBe('password hunter2\n')
  })

  test('starts from a clean environment, in a workspace of its own', async () => {
    const { log } = await run()
    expect(log).toContain('inherited \n')
    expect(log).not.toContain(`cwd ${process.cwd()}\n`)
  })

  test('runs the post step with the state of the main one, after a failure too', async () => {
    const result = await run({ mode: 'fail' })
    expect(result).toMatchObject({ exitCode: 1, conclusion: 'failure', post: { exitCode: 0 } })
    expect(result.log).toContain('post knows something')
  })

  test('a command file that cannot be read fails the step', async () => {
    const result = await run({ mode: 'garble' })
    expect(result).toMatchObject({ exitCode: 0, conclusion: 'failure', annotations: [{ level: 'error' }] })
  })

  test('warns of an input the action does not have', async () => {
    const { annotations } = await run({ modus: 'x' })
    expect(annotations).toEqual([
      { level: 'warning', message: "Unexpected input(s) 'modus', valid inputs are ['mode', 'main-colour']" },
    ])
  })

  test('sends a signal once a line appears', async () => {
    const result = await run({ mode: 'wait' }, { signalAfter: { line: /^waiting$/ } })
    expect(result).toMatchObject({ exitCode: 130, conclusion: 'cancelled' })
    expect(result.log).toContain('stopping\n')
  })

  test('reports files and processes that the step left behind', async () => {
    expect((await run({ mode: 'litter' })).leftovers).toEqual(['RUNNER_TEMP/config.json'])
    expect((await run({ mode: 'orphan' })).orphans).toEqual(['sleep 600'])
  })

  test('masks the secrets of the workflow from the start', async () => {
    expect((await run({ mode: 'sesame' }, { secrets: ['sesame'] })).log).toContain('mode ***,')
  })
})
