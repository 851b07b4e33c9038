import { describe, expect, test } from '@jest/globals'
import { abortable } from '../../../src/base/abortable.ts'
import { StepError } from '../../../src/base/errors.ts'
import { patiently } from '../../../src/base/patience.ts'
import { createFakeClock } from '../../support/fake-clock.ts'
import { rejection } from '../fixtures.ts'

const denied = () => new StepError('forbidden', 'no', { code: 'AuthorizationFailed', remedy: 'Give the role.' })

describe('patiently', () => {
  const ask = (errors: readonly Error[]) => {
    const clock = createFakeClock()
    const left = [...errors]
    const work = async () => {
      const error = left.shift()
      if (error !== undefined) throw error
      return 'granted'
    }
    const options = { clock, signal: new AbortController().signal, onRetry: () => undefined }
    return { clock, done: patiently('Create', work, options) }
  }

  test('asks again after a role that was not there yet', async () => {
    const { done, clock } = ask([denied(), denied()])
    expect(await done).toBe('granted')
    expect(clock.sleeps).toEqual([3000, 6000])
  })

  test('gives up with what Azure said, remedy and all', async () => {
    const { done } = ask([denied(), denied(), denied()])
    expect(await rejection(done)).toMatchObject({
      kind: 'forbidden',
      code: 'AuthorizationFailed',
      remedy: 'Give the role.',
    })
  })

  test.each([
    ['a firewall', new StepError('forbidden', 'x', { code: 'Denied' })],
    ['what is not there', new StepError('not-found', 'x', { code: 'AuthorizationFailed' })],
    ['what has had its retries', new StepError('transient', 'x')],
    ['an error that is not ours', new Error('x')],
  ])('does not wait after %s', async (_, error) => {
    const { done, clock } = ask([error])
    expect(await rejection(done)).toBe(error)
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
