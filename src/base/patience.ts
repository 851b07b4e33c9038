import { StepError, isKind } from './errors.ts'
import { type RetryOptions, retry } from './retry.ts'

/** A role assigned just before the run takes up to ten minutes to reach every server of Azure; this much of it is waited for. */
const ATTEMPTS = 3
const WAITS_MS = [3000, 6000]

/** Asks again a few times when permission is refused: it may have been granted a moment ago. */
export async function patiently<T>(what: string, work: () => Promise<T>, options: RetryOptions): Promise<T> {
  let refused: StepError | undefined
  const attempt = async (n: number): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      if (!isKind(error, 'forbidden') || error.code !== 'AuthorizationFailed') throw error
      refused = error
      throw new StepError('transient', error.message, { cause: error, retryAfterMs: WAITS_MS[n - 1] ?? 0 })
    }
  }
  try {
    return await retry(what, attempt, { ...options, attempts: ATTEMPTS })
  } catch (error) {
    throw refused !== undefined && error instanceof StepError && error.cause === refused ? refused : error
  }
}
