import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { StepError } from '../../../src/base/errors.ts'
import { type RetryNotice, type RetryOptions, retry } from '../../../src/base/retry.ts'
import { createFakeClock } from '../../support/fake-clock.ts'
import { rejection } from '../fixtures.ts'

const busy = (retryAfterMs?: number) =>
  new StepError('transient', 'busy', retryAfterMs === undefined ? {} : { retryAfterMs })

/** Runs an attempt that fails with these errors, one after the other, and then succeeds. */
function failing(errors: readonly Error[], options: Partial<RetryOptions> = {}) {
  const clock = createFakeClock()
  const notices: RetryNotice[] = []
  const seen: number[] = []
  const done = retry(
    'Read it',
    async attempt => {
      seen.push(attempt)
      const error = errors[attempt - 1]
      if (error !== undefined) throw error
      return `done in ${attempt}`
    },
    { clock, signal: new AbortController().signal, onRetry: notice => notices.push(notice), ...options },
  )
  return { clock, notices, seen, done }
}

describe('retry', () => {
  test('gives what the first good attempt gives', async () => {
    const { done, clock, notices } = failing([])
    expect(await done).toBe('done in 1')
    expect([clock.sleeps, notices]).toEqual([[], []])
  })

  test('tries again after transient and throttled errors, and says so', async () => {
    const run = failing([busy(), new StepError('throttled', 'slow down')], { random: () => 1, baseMs: 100 })
    expect(await run.done).toBe('done in 3')
    expect(run.seen).toEqual([1, 2, 3])
    expect(run.notices).toEqual([
      { what: 'Read it', attempt: 1, attempts: 5, waitMs: 100, reason: 'busy' },
      { what: 'Read it', attempt: 2, attempts: 5, waitMs: 200, reason: 'slow down' },
    ])
    expect(run.clock.sleeps).toEqual([100, 200])
  })

  test('waits double with each failure, up to a bound', async () => {
    const run = failing(Array<Error>(9).fill(busy()), { attempts: 10, random: () => 1 })
    await run.done
    expect(run.clock.sleeps).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000, 30_000])
  })

  test('waits as long as the service asks, beyond the bound and without jitter, but not for nothing', async () => {
    const run = failing([busy(90_000), busy(0)], { random: () => 0.5, maxMs: 10 })
    await run.done
    expect(run.clock.sleeps).toEqual([90_000, 5])
  })

  test('gives up with the last error when the attempts are used up', async () => {
    const last = busy()
    const run = failing([busy(), busy(), last], { attempts: 3 })
    expect(await rejection(run.done)).toBe(last)
    expect([run.seen, run.notices.length]).toEqual([[1, 2, 3], 2])
  })

  test.each([
    ['a refusal', new StepError('auth', 'no')],
    ['what is not there', new StepError('not-found', 'no')],
    ['a bug', new StepError('bug', 'no')],
    ['an error that is not ours', new Error('no')],
  ])('does not try again after %s', async (_, error) => {
    const run = failing([error])
    expect(await rejection(run.done)).toBe(error)
    expect(run.seen).toEqual([1])
  })

  test('what has had its attempts gets no more from whoever called for it', async () => {
    const inner: number[] = []
    const { clock, done } = failing([])
    await done
    const options = { clock, signal: new AbortController().signal, onRetry: () => undefined }
    const fail = async (n: number) => {
      inner.push(n)
      throw busy()
    }
    await rejection(retry('outer', () => retry('inner', fail, { ...options, attempts: 3 }), options))
    expect(inner).toEqual([1, 2, 3])
    // Where the caller is the retry, one attempt is no more than that.
    await rejection(retry('outer', () => retry('inner', fail, { ...options, attempts: 1 }), options))
    expect(inner).toHaveLength(3 + 5)
  })

  test('an abort ends the wait and is what the caller hears', async () => {
    const controller = new AbortController()
    const reason = new StepError('cancelled', 'stop')
    const run = failing([busy()], { signal: controller.signal, onRetry: () => controller.abort(reason) })
    expect(await rejection(run.done)).toBe(reason)
    expect(run.seen).toEqual([1])
  })

  test('an abort during an attempt outweighs the error of the attempt', async () => {
    const controller = new AbortController()
    const reason = new StepError('timeout', 'too late')
    const attempt = async () => {
      controller.abort(reason)
      throw new StepError('auth', 'no')
    }
    const options = { clock: createFakeClock(), signal: controller.signal, onRetry: () => undefined }
    expect(await rejection(retry('x', attempt, options))).toMatchObject({
      kind: reason.kind,
      message: 'too late: x was still under way',
      cause: reason,
    })
  })

  test('a timeout tells what was under way, how it had failed before and what to do about that, once', async () => {
    const end = new AbortController()
    const clock = createFakeClock()
    const options = { clock, signal: end.signal, onRetry: () => undefined }
    const work = async (attempt: number) => {
      if (attempt === 1) throw new StepError('throttled', 'HTTP 429', { remedy: 'Ask less.', retryAfterMs: 5 })
      end.abort(new StepError('timeout', 'too late', { remedy: 'Wait longer.' }))
      throw new Error('aborted')
    }
    const done = retry('outer', () => retry('Read it', work, options), options)
    expect(await rejection(done)).toMatchObject({
      kind: 'timeout',
      message: 'too late: Read it was still under way. Before that: HTTP 429',
      remedy: 'Ask less.',
    })
  })

  test('a cancellation is passed on as it is', async () => {
    const end = new AbortController()
    const reason = new StepError('cancelled', 'stop')
    const options = { clock: createFakeClock(), signal: end.signal, onRetry: () => undefined }
    const work = async () => {
      end.abort(reason)
      throw new Error('aborted')
    }
    expect(await rejection(retry('x', work, options))).toBe(reason)
  })

  test('makes no attempt once aborted', async () => {
    const run = failing([], { signal: AbortSignal.abort(new StepError('cancelled', 'stop')) })
    expect(await rejection(run.done)).toMatchObject({ kind: 'cancelled' })
    expect(run.seen).toEqual([])
  })

  test('never waits longer than its bound and never tries more often than asked', async () => {
    const scenario = fc.record({
      failures: fc.nat(12),
      attempts: fc.integer({ min: 1, max: 10 }),
      baseMs: fc.integer({ min: 0, max: 5000 }),
      maxMs: fc.integer({ min: 0, max: 60_000 }),
    })
    await fc.assert(
      fc.asyncProperty(
        scenario,
        fc.double({ min: 0, max: 1, noNaN: true }),
        async ({ failures, attempts, ...waits }, jitter) => {
          const run = failing(Array<Error>(failures).fill(busy()), { attempts, ...waits, random: () => jitter })
          const succeeded = await run.done.then(
            () => true,
            () => false,
          )
          expect(succeeded).toBe(failures < attempts)
          expect(run.seen).toHaveLength(Math.min(failures + 1, attempts))
          run.clock.sleeps.forEach((ms, index) => {
            expect(ms).toBeLessThanOrEqual(Math.min(waits.maxMs, waits.baseMs * 2 ** index))
            expect(ms).toBeGreaterThanOrEqual(0)
          })
        },
      ),
    )
  })
})
