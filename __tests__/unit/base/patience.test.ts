import { describe, expect, test } from '@jest/globals'
import { abortable } from '../../../src/base/abortable.ts'
import { StepError } from '../../../src/base/errors.ts'
import { NOTHING_VISIBLE, REFUSED, createPatience } from '../../../src/base/patience.ts'
import { type RetryNotice } from '../../../src/base/retry.ts'
import { createFakeClock } from '../../support/fake-clock.ts'
import { rejection } from '../fixtures.ts'

const denied = () => new StepError('forbidden', 'no', { code: 'AuthorizationFailed', remedy: 'Give the role.' })
const MINUTE = 60_000

describe('createPatience', () => {
  const start = (timeoutMs: number) => {
    const clock = createFakeClock()
    const notices: RetryNotice[] = []
    const end = new AbortController()
    const onRetry = (notice: RetryNotice) => notices.push(notice)
    const patience = createPatience(timeoutMs, { clock, signal: end.signal, onRetry })
    const ask = (...errors: readonly Error[]) => {
      const left = [...errors]
      return patience('Create', async () => {
        const error = left.shift()
        if (error !== undefined) throw error
        return 'granted'
      })
    }
    return { clock, notices, end, ask }
  }

  test.each([
    ['a role on the control plane', denied()],
    ['a role on the registry', new StepError('auth', 'no', { code: REFUSED })],
    ['the first role in a subscription', new StepError('not-found', 'no', { code: NOTHING_VISIBLE })],
  ])('asks again after %s that was not there yet', async (_, error) => {
    const { ask, clock, notices } = start(30 * MINUTE)
    expect(await ask(error, error)).toBe('granted')
    expect(clock.sleeps).toEqual([2000, 4000])
    expect(notices).toEqual([
      { what: 'Create', attempt: 1, attempts: 5, waitMs: 2000, reason: 'no' },
      { what: 'Create', attempt: 2, attempts: 5, waitMs: 4000, reason: 'no' },
    ])
  })

  test.each([
    ['half a minute', 30 * MINUTE, [2000, 4000, 8000, 16_000]],
    ['no more of a day', 24 * 60 * MINUTE, [2000, 4000, 8000, 16_000]],
    ['a twentieth of a short time', 3 * MINUTE, [2000, 4000, 3000]],
    ['a twentieth of a very short one', 20_000, [1000]],
  ])('gives up after %s, with what Azure said', async (_, timeoutMs, waits) => {
    const { ask, clock } = start(timeoutMs)
    expect(await rejection(ask(...Array.from({ length: 9 }, denied)))).toMatchObject({
      kind: 'forbidden',
      code: 'AuthorizationFailed',
      remedy: 'Give the role.',
    })
    expect(clock.sleeps).toEqual(waits)
  })

  test('is one for the whole run', async () => {
    const { ask, clock } = start(3 * MINUTE)
    await ask(denied(), denied())
    expect(await rejection(ask(denied(), denied()))).toMatchObject({ kind: 'forbidden' })
    expect(clock.sleeps).toEqual([2000, 4000, 3000])
  })

  test.each([
    ['a firewall', new StepError('forbidden', 'x', { code: 'Denied' })],
    ['what is not there', new StepError('not-found', 'x', { code: 'AuthorizationFailed' })],
    ['a sign-in that Entra refused', new StepError('auth', 'x', { code: 'AADSTS7000215' })],
    ['what has had its retries', new StepError('transient', 'x', { code: REFUSED })],
    ['an error that is not ours', new Error('x')],
  ])('does not wait after %s', async (_, error) => {
    const { ask, clock } = start(30 * MINUTE)
    expect(await rejection(ask(error))).toBe(error)
    expect(clock.sleeps).toEqual([])
  })

  test('ends with the run', async () => {
    const { ask, end, clock } = start(30 * MINUTE)
    const reason = new StepError('cancelled', 'stop')
    end.abort(reason)
    expect(await rejection(ask(denied()))).toBe(reason)
    expect(clock.sleeps).toEqual([])
  })
})

describe('abortable', () => {
  const reason = new StepError('cancelled', 'stop')
  const never = new Promise<string>(() => undefined)

  test('gives what the work gives', async () => {
    const { signal } = new AbortController()
    expect(await abortable(Promise.resolve('done'), signal)).toBe('done')
    expect(await rejection(abortable(Promise.reject(new Error('x')), signal))).toMatchObject({ message: 'x' })
  })

  test('does not wait for work that does not listen', async () => {
    const end = new AbortController()
    const waiting = abortable(never, end.signal)
    end.abort(reason)
    expect(await rejection(waiting)).toBe(reason)
    expect(await rejection(abortable(never, end.signal))).toBe(reason)
  })
})
