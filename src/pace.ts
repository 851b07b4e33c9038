import { type Clock } from './base/clock.ts'

/** Waits between looks grow with the time waited, so that a change is seen within a tenth of what it took: milliseconds. */
const SHORTEST_PAUSE = 250
const LONGEST_PAUSE = 10_000
/** While the image is being pushed only replicas change, but the first look after it should not be late. */
const LONGEST_PAUSE_BEFORE = 2_000

/**
 * How often a request of a look is made. Most looks are the retry of the one before; the one that undoes what was found ready takes more than
 * one throttled answer to do so.
 */
export function attemptsOf(final: boolean): number {
  return final ? 3 : 1
}

/** How long to wait until the next look, in milliseconds. The count starts anew when the push is done. */
export function createPace(startedAt: number, pushed: () => boolean, clock: Clock): () => number {
  let since = startedAt
  let counting = pushed()
  return () => {
    if (!counting && pushed()) {
      counting = true
      since = clock.now()
    }
    const longest = counting ? LONGEST_PAUSE : LONGEST_PAUSE_BEFORE
    return Math.min(longest, Math.max(SHORTEST_PAUSE, (clock.now() - since) / 10))
  }
}
