import type { Clock } from './clock.ts'
import { StepError, isKind, isRetryable, messageOf } from './errors.ts'

/** One more try is about to be made. */
export interface RetryNotice {
  readonly what: string
  /** The attempt that failed, from 1. */
  readonly attempt: number
  readonly attempts: number
  readonly waitMs: number
  readonly reason: string
}

export interface RetryOptions {
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly onRetry: (notice: RetryNotice) => void
  /** How many attempts in all. */
  readonly attempts?: number
  /** Upper bound of the wait after the first failure; it doubles with each further one. Milliseconds. */
  readonly baseMs?: number
  /** Upper bound of any wait the service did not ask for. Milliseconds. */
  readonly maxMs?: number
  readonly random?: () => number
}

/** Errors that have had all their attempts: whoever called for them does not begin anew. */
const spent = new WeakSet<StepError>()

/** Timeouts that tell what was under way. */
const placed = new WeakSet<StepError>()

/**
 * Runs an attempt until it succeeds, fails for a reason that another try cannot help (anything but a `transient` or `throttled`
 * StepError), or has failed `attempts` times. Waits with full jitter in between, or as long as the service asked.
 *
 * @throws the last error, or the signal's reason: a timeout with what was under way and how it had failed before
 */
export async function retry<T>(what: string, attempt: (n: number) => Promise<T>, options: RetryOptions): Promise<T> {
  const { clock, signal, onRetry, attempts = 5, baseMs = 1000, maxMs = 30_000, random = Math.random } = options
  let last: unknown
  for (let n = 1; ; n += 1) {
    signal.throwIfAborted()
    try {
      return await attempt(n)
    } catch (error) {
      if (signal.aborted) throw endOf(what, last, error, signal)
      last = error
      if (!isRetryable(error) || spent.has(error)) throw error
      if (n >= attempts) {
        if (attempts > 1) spent.add(error)
        throw error
      }
      const jitter = Math.round(random() * Math.min(maxMs, baseMs * 2 ** (n - 1)))
      // "At once" is no answer to what failed at once.
      const waitMs = error.retryAfterMs || jitter
      onRetry({ what, attempt: n, attempts, waitMs, reason: messageOf(error) })
      await clock.sleep(waitMs, signal).catch((reason: unknown) => {
        throw endOf(what, last, reason, signal)
      })
    }
  }
}

/** A timeout by itself says nothing of what took so long. */
function endOf(what: string, last: unknown, error: unknown, { reason }: AbortSignal): unknown {
  if (isKind(error, 'timeout') && placed.has(error)) return error
  if (!isKind(reason, 'timeout')) return reason
  const before = last === undefined ? '' : `. Before that: ${messageOf(last)}`
  const { remedy } = last instanceof StepError ? last : reason
  const end = new StepError('timeout', `${reason.message}: ${what} was still under way${before}`, {
    ...(remedy === undefined ? {} : { remedy }),
    cause: reason,
  })
  placed.add(end)
  return end
}
