import { readFile } from 'node:fs/promises'
import { type Clock } from '../base/clock.ts'
import { StepError } from '../base/errors.ts'

/** Code of the error for a push that nothing came of any more. */
export const STALLED = 'STALLED'

/** Fewer bytes than this in a whole idle time are no progress: polling alone makes some. */
const PROGRESS_BYTES = 1024 * 1024
/** Bounds of the idle time, in milliseconds. */
const SHORTEST_IDLE = 15_000
const LONGEST_IDLE = 5 * 60_000
/** Without a terminal docker prints nothing while it sends a layer. Where bytes cannot be counted, only a very long silence is a stall. */
const LONGEST_SILENCE = 30 * 60_000

/** Watches a push: it is stalled when docker prints nothing and the machine sends next to nothing for a while. */
export interface StallWatch {
  /** Aborts with a `transient` StepError once the push is stalled. */
  readonly signal: AbortSignal
  /** docker printed something. */
  heard(): void
  stop(): void
}

/** @param timeoutMs the deadline of the whole step: the idle time is a part of it, so that a second attempt still fits in */
export function watchForStall(
  timeoutMs: number,
  clock: Clock,
  bytesSent: () => Promise<number | undefined> = bytesSentByMachine,
): StallWatch {
  const idle = Math.min(LONGEST_IDLE, Math.max(SHORTEST_IDLE, timeoutMs / 6))
  const stalled = new AbortController()
  const stopped = new AbortController()
  let heardAt = clock.now()
  let sentAt = clock.now()

  const watch = async (): Promise<void> => {
    let sent = await bytesSent()
    for (;;) {
      await clock.sleep(idle / 3, stopped.signal)
      const now = await bytesSent()
      if (now === undefined || sent === undefined || now - sent >= PROGRESS_BYTES / 3) {
        sent = now
        sentAt = clock.now()
      }
      const quiet = clock.now() - Math.max(heardAt, sentAt)
      const silent = clock.now() - heardAt
      if (quiet >= idle || silent >= LONGEST_SILENCE) {
        stalled.abort(
          new StepError(
            'transient',
            `docker push stalled: nothing printed for ${Math.round(silent / 1000)}s, nothing sent`,
            {
              code: STALLED,
              remedy: 'Check the network between the Docker engine and the registry.',
            },
          ),
        )
        return
      }
    }
  }
  watch().catch(() => undefined)
  return {
    signal: stalled.signal,
    heard() {
      heardAt = clock.now()
    },
    stop: () => stopped.abort(),
  }
}

/**
 * Bytes all network interfaces have sent since the machine started, without what it sends to itself (other steps do all the time, no push
 * does); undefined where the system does not tell so (only Linux does).
 */
async function bytesSentByMachine(): Promise<number | undefined> {
  try {
    const rows = (await readFile('/proc/net/dev', 'utf8')).split('\n').slice(2)
    // Nine columns after the name: the first of those about sending.
    return rows
      .filter(row => !/^\s*lo:/.test(row))
      .reduce((sum, row) => sum + Number(row.split(':')[1]?.trim().split(/\s+/)[8] ?? 0), 0)
  } catch {
    return undefined
  }
}
