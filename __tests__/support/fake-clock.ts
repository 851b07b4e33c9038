import { type Clock } from '../../src/base/clock.ts'

/** A clock for tests: time stands still while anything has work to do, and jumps to the next sleeper once everything sleeps. */
export interface FakeClock extends Clock {
  /** How long each sleep so far was asked to take, in milliseconds, in the order they began. */
  readonly sleeps: readonly number[]
  /** Lets time pass at once; who should wake meanwhile wakes. */
  advance(ms: number): void
}

interface Sleeper {
  readonly wakesAt: number
  wake(): void
}

/**
 * Deterministic and without timers: sleepers wake one by one in the order of their time (then of their falling asleep), each only after
 * all that the one before set off has come to rest. Code under test must wait for nothing but this clock.
 *
 * @param startsAt milliseconds since the epoch
 */
export function createFakeClock(startsAt = Date.UTC(2026, 0, 1)): FakeClock {
  let now = startsAt
  let resting: NodeJS.Immediate | undefined
  const sleepers = new Set<Sleeper>()
  const sleeps: number[] = []

  const next = (): Sleeper | undefined =>
    [...sleepers].reduce<Sleeper | undefined>(
      (first, sleeper) => (first === undefined || sleeper.wakesAt < first.wakesAt ? sleeper : first),
      undefined,
    )
  const wakeOne = (sleeper: Sleeper): void => {
    now = Math.max(now, sleeper.wakesAt)
    sleepers.delete(sleeper)
    sleeper.wake()
  }
  /** An immediate runs when no promise is left to settle: everything sleeps. */
  const watchForRest = (): void => {
    resting ??= setImmediate(() => {
      resting = undefined
      const sleeper = next()
      if (sleeper === undefined) return
      wakeOne(sleeper)
      watchForRest()
    })
  }

  return {
    sleeps,
    now: () => now,
    advance(ms) {
      const until = now + ms
      for (let first = next(); first !== undefined && first.wakesAt <= until; first = next()) wakeOne(first)
      now = until
    },
    sleep(ms, signal) {
      sleeps.push(ms)
      return new Promise<void>((resolve, reject) => {
        const abort = (): void => {
          sleepers.delete(sleeper)
          reject(signal.reason as Error)
        }
        const sleeper = {
          wakesAt: now + Math.max(0, ms),
          wake() {
            signal.removeEventListener('abort', abort)
            resolve()
          },
        }
        if (signal.aborted) return abort()
        signal.addEventListener('abort', abort, { once: true })
        sleepers.add(sleeper)
        watchForRest()
      })
    },
  }
}
