import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { EventEmitter } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StepError } from '../../src/base/errors.ts'
import { cancelOnSignals } from '../../src/cancel.ts'
import { cleanUp } from '../../src/clean-up.ts'
import { DIRECTORY_PREFIX } from '../../src/docker/config.ts'
import { exitCodeOf } from '../../src/exit-code.ts'
import { type Outcome } from '../../src/journal.ts'

const cancelled = (code?: string): Outcome => ({
  kind: 'cancelled',
  error: new StepError('cancelled', 'x', code === undefined ? {} : { code }),
})

test.each<[string, Outcome, number]>([
  ['success', { kind: 'succeeded' }, 0],
  ['a dry run', { kind: 'planned' }, 0],
  ['a failure', { kind: 'failed', error: new StepError('timeout', 'x') }, 1],
  ['a failure without an error', { kind: 'failed', error: undefined }, 1],
  ['SIGINT', cancelled('SIGINT'), 130],
  ['SIGTERM', cancelled('SIGTERM'), 143],
  ['a cancellation without a signal', cancelled(), 130],
])('exitCodeOf %s is %s', (_, outcome, code) => expect(exitCodeOf(outcome)).toBe(code))

describe('cancelOnSignals', () => {
  test.each(['SIGINT', 'SIGTERM'])('%s aborts, and says so', name => {
    const process = new EventEmitter()
    const signal = cancelOnSignals(process)
    expect(signal.aborted).toBe(false)
    process.emit(name)
    expect(signal.reason).toMatchObject({ kind: 'cancelled', code: name, message: expect.stringContaining(name) })
  })

  test('the first one counts, and later ones do not end the process', () => {
    const process = new EventEmitter()
    const signal = cancelOnSignals(process)
    process.emit('SIGINT')
    process.emit('SIGTERM')
    process.emit('SIGINT')
    expect(signal.reason).toMatchObject({ code: 'SIGINT' })
    expect(['SIGINT', 'SIGTERM'].map(name => process.listenerCount(name))).toEqual([1, 1])
  })
})

describe('cleanUp', () => {
  let root: string
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'clean-up-'))
  })
  afterEach(() => rm(root, { recursive: true, force: true }))

  const clean = async (state: string) => {
    const said: string[] = []
    const asked: string[] = []
    const getState = (name: string) => {
      asked.push(name)
      return state
    }
    await cleanUp({ getState, info: message => said.push(message) })
    return { said, asked }
  }

  test('removes what a killed run left, once and again', async () => {
    const dir = join(root, `${DIRECTORY_PREFIX}abc`)
    await mkdir(dir)
    await writeFile(join(dir, 'config.json'), '{}')
    expect((await clean(dir)).asked).toEqual(['docker-config'])
    expect(await readdir(root)).toEqual([])
    expect((await clean(dir)).said).toEqual([])
  })

  test.each(['precious', `x-${DIRECTORY_PREFIX}abc`])('leaves alone what is not its own: %s', async name => {
    await mkdir(join(root, name))
    await clean(join(root, name))
    expect(await readdir(root)).toEqual([name])
  })

  test('does nothing when nothing was saved', async () => expect((await clean('')).said).toEqual([]))
})
