import { describe, expect, test } from '@jest/globals'
import { type ErrorKind, StepError } from '../../../src/base/errors.ts'
import { type RetryNotice } from '../../../src/base/retry.ts'
import { ENGINE_GONE } from '../../../src/docker/diagnosis.ts'
import { askEngine, lostEngine } from '../../../src/docker/lost-engine.ts'
import { createFakeClock } from '../../support/fake-clock.ts'
import { rejection } from '../fixtures.ts'

const gone = () => new StepError('transient', 'Cannot connect', { remedy: 'Start it', code: ENGINE_GONE })

/** Asks an engine that fails like this so many times, each after some time, and then answers. */
function asking(failures: number, kind: ErrorKind = 'transient', takesMs = 0) {
  const clock = createFakeClock()
  const notices: RetryNotice[] = []
  const { signal } = new AbortController()
  let asked = 0
  const ask = async () => {
    await clock.sleep(takesMs, signal)
    if (++asked <= failures) throw new StepError(kind, 'Cannot connect', { remedy: 'Start it', code: ENGINE_GONE })
    return 'here'
  }
  const done = askEngine(ask, { clock, signal, onRetry: notice => notices.push(notice) })
  return { done, notices, waits: () => clock.sleeps.filter(ms => ms !== takesMs), asked: () => asked }
}

describe('askEngine', () => {
  test('asks again every two seconds, and says so', async () => {
    const run = asking(2)
    expect(await run.done).toBe('here')
    expect(run.waits()).toEqual([2000, 2000])
    expect(run.notices[0]).toEqual({
      what: 'Docker engine',
      attempt: 1,
      attempts: 5,
      waitMs: 2000,
      reason: 'Cannot connect',
    })
  })

  test('gives up after eight seconds, with what there is to say', async () => {
    const run = asking(9)
    expect(await rejection(run.done)).toMatchObject({
      message: 'Cannot connect',
      remedy: 'Start it',
      code: ENGINE_GONE,
    })
    expect([run.asked(), run.waits()]).toEqual([5, [2000, 2000, 2000, 2000]])
  })

  test('does not ask long when every question takes long', async () => {
    const run = asking(9, 'transient', 7000)
    expect(await rejection(run.done)).toMatchObject({ kind: 'invalid', remedy: 'Start it' })
    expect(run.asked()).toBe(2)
  })

  test.each(['invalid', 'not-found', 'bug'] as const)('asks once when the answer is %s', async kind => {
    const run = asking(1, kind)
    expect(await rejection(run.done)).toMatchObject({ kind })
    expect(run.asked()).toBe(1)
  })
})

describe('lostEngine', () => {
  test('the next attempt waits for a restart, longer each time', () => {
    const waits = [1, 2, 3, 4].map(attempt => (lostEngine(gone(), attempt) as StepError).retryAfterMs)
    expect(waits).toEqual([2000, 4000, 8000, 16_000])
    expect(lostEngine(gone(), 1)).toMatchObject({
      kind: 'transient',
      message: 'The Docker engine went away during the push: Cannot connect',
      remedy: expect.stringContaining('other jobs'),
    })
  })

  test.each([
    ['the network', new StepError('transient', 'unexpected EOF')],
    ['a refusal', new StepError('forbidden', 'denied', { code: ENGINE_GONE })],
    ['anything else', new Error('no idea')],
  ])('%s is another matter', (_, error) => expect(lostEngine(error, 1)).toBe(error))
})
