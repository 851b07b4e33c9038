import { isKind, messageOf } from './errors.ts'
import { type RetryOptions } from './retry.ts'

/** A role assigned just before the run takes up to ten minutes to reach every server of Azure; this much of it is waited for. */
const WAITS_MS = [3000, 6000]

/** Asks again a few times when permission is refused: it may have been granted a moment ago. Whatever else fails has had its retries. */
export async function patiently<T>(what: string, work: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { clock, signal, onRetry } = options
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work()
    } catch (error) {
      const waitMs = WAITS_MS[attempt - 1]
      if (waitMs === undefined || !isKind(error, 'forbidden') || error.code !== 'AuthorizationFailed') throw error
      signal.throwIfAborted()
      onRetry({ what, attempt, attempts: WAITS_MS.length + 1, waitMs, reason: messageOf(error) })
      await clock.sleep(waitMs, signal)
    }
  }
}
