import { describe, expect, test } from '@jest/globals'
import { startDeadline } from '../../../src/base/deadline.ts'
import { StepError } from '../../../src/base/errors.ts'
import { createFakeClock } from '../../support/fake-clock.ts'

const never = () => new AbortController().signal

describe('startDeadline', () => {
  test('aborts when its time is up, not before, with an error that says so', async () => {
    const clock = createFakeClock()
    const start = clock.now()
    const deadline = startDeadline(90_000, clock, never())
    expect([deadline.startedAt, deadline.endsAt]).toEqual([start, start + 90_000])
    await clock.sleep(89_999, never())
    expect(deadline.signal.aborted).toBe(false)
    await clock.sleep(2, never())
    expect(deadline.signal.reason).toMatchObject({
      kind: 'timeout',
      message: 'Not done within the timeout of 1m 30s',
      remedy: expect.stringContaining("'timeout'"),
    })
  })

  test('aborts at once with the reason of a cancellation', () => {
    const cancelled = new AbortController()
    const deadline = startDeadline(90_000, createFakeClock(), cancelled.signal)
    const reason = new StepError('cancelled', 'stop', { code: 'SIGTERM' })
    cancelled.abort(reason)
    expect(deadline.signal.reason).toBe(reason)
  })

  test('starts aborted when the run is cancelled already', () => {
    const reason = new StepError('cancelled', 'stop')
    expect(startDeadline(1, createFakeClock(), AbortSignal.abort(reason)).signal.reason).toBe(reason)
  })

  test('once ended it stops what still runs, and never times out any more', async () => {
    const clock = createFakeClock()
    const deadline = startDeadline(1000, clock, never())
    deadline.end()
    expect(deadline.signal.aborted).toBe(true)
    await clock.sleep(5000, never())
    expect(deadline.signal.reason).toMatchObject({ kind: 'cancelled' })
  })

  test('ending it after a timeout keeps the timeout as the reason', async () => {
    const clock = createFakeClock()
    const deadline = startDeadline(1000, clock, never())
    await clock.sleep(1001, never())
    deadline.end()
    expect(deadline.signal.reason).toMatchObject({ kind: 'timeout' })
  })
})
