import { type Clock } from '../base/clock.ts'
import { StepError, isKind, isRetryable } from '../base/errors.ts'
import { type RetryNotice, retry } from '../base/retry.ts'
import { ENGINE_GONE } from './diagnosis.ts'

/** An engine restarts in a second or two, and a wrong set-up should be told soon: five questions, eight seconds. */
const QUESTIONS = 5
const PAUSE_MS = 2000
const PATIENCE_MS = QUESTIONS * PAUSE_MS

export interface AskOptions {
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly onRetry: (notice: RetryNotice) => void
}

/**
 * Asks the engine something before the push, and again when it does not answer: another job may be restarting it.
 *
 * @throws StepError of the last answer
 */
export function askEngine<T>(ask: () => Promise<T>, { clock, signal, onRetry }: AskOptions): Promise<T> {
  const startedAt = clock.now()
  return retry(
    'Docker engine',
    async () => {
      try {
        return await ask()
      } catch (error) {
        // An engine far away can take longer to be unreachable than all pauses together.
        throw isRetryable(error) ? again(error, clock.now() - startedAt < PATIENCE_MS) : error
      }
    },
    { clock, signal, onRetry, attempts: QUESTIONS },
  )
}

/**
 * What a failure of a push means when it is the engine that is gone. A restart takes seconds, so the wait before the next attempt is not left
 * to chance: it doubles from 2 s to 16 s. Any other error comes back as it is.
 */
export function lostEngine(error: unknown, attempt: number): unknown {
  if (!isKind(error, 'transient') || error.code !== ENGINE_GONE) return error
  return new StepError('transient', `The Docker engine went away during the push: ${error.message}`, {
    remedy: 'Start it again, or keep other jobs of this runner from stopping it, and run the job again.',
    code: ENGINE_GONE,
    retryAfterMs: PAUSE_MS * 2 ** (attempt - 1),
    cause: error,
  })
}

function again({ kind, message, remedy, code, cause }: StepError, more: boolean): StepError {
  return new StepError(more ? kind : 'invalid', message, {
    retryAfterMs: PAUSE_MS,
    ...(remedy === undefined ? {} : { remedy }),
    ...(code === undefined ? {} : { code }),
    cause,
  })
}
