import { afterAll, beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { anySchedule } from '../support/gate-model/arbitrary.ts'
import { drive } from '../support/gate-model/drive.ts'
import { checkEnding } from '../support/gate-model/ending.ts'
import { mustBecomeGreen } from '../support/gate-model/liveness.ts'
import { type Schedule } from '../support/gate-model/schedule.ts'
import { checkGreen } from '../support/gate-model/truth.ts'
import { createWorld } from '../support/gate-model/world.ts'

/**
 * The gate never lies: the real gate and the real proofs run in random worlds (see schedule.ts), and what they say is held against what
 * is so there (truth.ts), against what every end has to be (ending.ts), and against what has to succeed (liveness.ts).
 *
 * A failure prints its seed, the path to the shrunk counterexample, and the schedule. To run that one alone:
 * `FC_SEED=<seed> FC_PATH=<path> npm run unit -- --testPathPatterns gate-model`.
 *
 * Tried on broken copies of the code; each of these fails here: no final round, or one that trusts what was seen before (blobs,
 * manifests, tags, events); an aborted final round taken for a finished one; the proof of an earlier look; Succeeded without Ready;
 * children, blobs, tags or all references but the first not asked; a child's digest under the tag; bytes not checked; an earlier event, or
 * one of another digest or action; ready before the push; unread taken for ready; unprovable taken for served, or after one look; one bad
 * look at a replica taken for its end; results in another order; no pause between looks.
 */
const SCHEDULES = 10_000
const seed = Number(process.env['FC_SEED'] ?? Date.now() % 2 ** 31)
const path = process.env['FC_PATH']

const { stackTraceLimit } = Error
// These worlds are made of errors, and their stacks cost more than all else.
beforeAll(() => void (Error.stackTraceLimit = 0))
afterAll(() => void (Error.stackTraceLimit = stackTraceLimit))

test(`what the gate says is true in ${SCHEDULES} random worlds (FC_SEED=${seed})`, async () => {
  process.stdout.write(`gate model: FC_SEED=${seed}\n`)
  const seen = new Map<string, number>()
  const count = (what: string): void => void seen.set(what, (seen.get(what) ?? 0) + 1)
  const property = fc.asyncProperty(anySchedule, schedule => check(schedule, count))
  await fc.assert(property, { numRuns: SCHEDULES, seed, ...(path === undefined ? {} : { path }) })
  // Worlds in which nothing ever is ready, or everything is, would show nothing.
  const rare = path === undefined ? EVENTFUL.filter(what => (seen.get(what) ?? 0) < SCHEDULES / 100) : []
  expect(rare).toEqual([])
}, 600_000)

const EVENTFUL = [
  ...['replica', 'image', 'all', 'auto'].map(waitFor => `green, ${waitFor}`),
  ...['regional-endpoint', 'webhook', 'none'].map(proof => `proof ${proof}`),
  ...['ready', 'failed', 'pending'].map(outcome => `red with ${outcome}`),
  'has to be green',
]

/** Throws when a run in the world of this schedule ends as it must not. */
async function check(schedule: Schedule, count: (what: string) => void): Promise<void> {
  const world = createWorld(schedule)
  const run = await drive(world)
  if (run === undefined) return
  checkEnding(world, run)
  if (mustBecomeGreen(world, run)) {
    count('has to be green')
    const details = run.results.map(({ region, detail }) => `${region}: ${detail}`)
    if (!run.green) throw new Error(`it has to be green, but ${details.join('; ')}`)
  }
  if (!run.green) {
    run.results.forEach(({ outcome }) => count(`red with ${outcome}`))
    return
  }
  checkGreen(world, run)
  count(`green, ${schedule.waitFor}`)
  run.results.forEach(({ proof }) => count(`proof ${proof}`))
}
