import type { Clock } from './clock.ts'
import { formatDuration } from './duration.ts'
import { StepError } from './errors.ts'

/** The one limit of a run: when it ends, and the signal that stops everything then (or earlier, on cancellation). */
export interface Deadline {
  /** Start of the step, milliseconds since the epoch. */
  readonly startedAt: number
  /** End of the step, milliseconds since the epoch. */
  readonly endsAt: number
  /** Aborts with a StepError of kind `timeout` at the deadline, or with the cancellation's reason. */
  readonly signal: AbortSignal
  /** Ends the run: whatever still waits or asks is stopped. */
  end(): void
}

/** Starts the deadline of a run of `ms` milliseconds, which also ends when `cancelled` aborts. */
export function startDeadline(ms: number, clock: Clock, cancelled: AbortSignal): Deadline {
  const controller = new AbortController()
  const done = new AbortController()
  const startedAt = clock.now()
  const timeout = new StepError('timeout', `Not done within the timeout of ${formatDuration(ms)}`, {
    remedy: "Raise the input 'timeout' if there was still progress.",
  })
  clock.sleep(ms, done.signal).then(
    () => controller.abort(timeout),
    () => undefined,
  )
  return {
    startedAt,
    endsAt: startedAt + ms,
    signal: AbortSignal.any([controller.signal, cancelled]),
    end() {
      done.abort()
      controller.abort(new StepError('cancelled', 'The run is over'))
    },
  }
}
