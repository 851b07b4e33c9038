import { type StepError, isKind, messageOf } from './errors.ts'
import { type RetryOptions } from './retry.ts'

/** Code of the error for a registry that refuses an identity: ACR answers 401 `UNAUTHORIZED` where a role is missing. */
export const REFUSED = 'UNAUTHORIZED'
/** Code of the error for what is not found by an identity that has no role in the subscription at all. */
export const NOTHING_VISIBLE = 'NothingVisible'

/**
 * Asks again when a permission is refused that may have been granted a moment ago. What other errors there are has had its retries.
 *
 * @throws the last error when the run's patience is used up, any other error at once, or the signal's reason
 */
export type Patience = <T>(what: string, work: () => Promise<T>) => Promise<T>

/** The first wait, in milliseconds; each further one is twice as long. */
const FIRST_WAIT_MS = 2_000
/** A role takes up to ten minutes to reach every server of Azure ("Troubleshoot Azure RBAC"); a role that is missing is told soon. */
const LONGEST_MS = 30_000
/** The share of the step's time that may be spent on it. */
const SHARE = 1 / 20

/**
 * One patience for a whole run, which uses it up bit by bit: control plane and registry learn of a new role at different times.
 *
 * @param timeoutMs how long the step may take
 */
export function createPatience(timeoutMs: number, { clock, signal, onRetry }: RetryOptions): Patience {
  const waits = waitsWithin(Math.min(LONGEST_MS, timeoutMs * SHARE))
  let used = 0
  return async (what, work) => {
    for (;;) {
      try {
        return await work()
      } catch (error) {
        const waitMs = waits[used]
        if (waitMs === undefined || !isMissingRole(error)) throw error
        signal.throwIfAborted()
        used += 1
        onRetry({ what, attempt: used, attempts: waits.length + 1, waitMs, reason: messageOf(error) })
        await clock.sleep(waitMs, signal)
      }
    }
  }
}

/** Doubling waits that add up to `totalMs`. */
function waitsWithin(totalMs: number): readonly number[] {
  const waits: number[] = []
  for (let left = totalMs, next = FIRST_WAIT_MS; left > 0; left -= next, next *= 2) waits.push(Math.min(next, left))
  return waits
}

function isMissingRole(error: unknown): error is StepError {
  if (isKind(error, 'not-found')) return error.code === NOTHING_VISIBLE
  return isKind(error, 'forbidden', 'auth') && (error.code === 'AuthorizationFailed' || error.code === REFUSED)
}
