import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { anySchedule } from '../support/gate-model/arbitrary.ts'
import { drive } from '../support/gate-model/drive.ts'
import { checkEnding } from '../support/gate-model/ending.ts'
import { mustBecomeGreen } from '../support/gate-model/liveness.ts'
import { type Schedule } from '../support/gate-model/schedule.ts'
import { checkGreen } from '../support/gate-model/truth.ts'
import { createWorld } from '../support/gate-model/world.ts'

/**
 * The gate never lies: the real gate and the real proofs run in random worlds, and what they say is held against what is so there.
 *
 * A failure prints its seed, the path to the shrunk counterexample, and the schedule. To run that one alone:
 * `FC_SEED=<seed> FC_PATH=<path> npm run unit -- gate-model`.
 */
const SCHEDULES = 10_000
const seed = Number(process.env['FC_SEED'] ?? Date.now() % 2 ** 31)
const path = process.env['FC_PATH']

test(`green is true in ${SCHEDULES} random schedules (FC_SEED=${seed})`, async () => {
  process.stdout.write(`gate model: FC_SEED=${seed}\n`)
  const seen = new Map<string, number>()
  const count = (what: string): void => void seen.set(what, (seen.get(what) ?? 0) + 1)
  const property = fc.asyncProperty(anySchedule, schedule => runs(schedule, count))
  await fc.assert(property, { numRuns: SCHEDULES, seed, ...(path === undefined ? {} : { path }) })
  // Worlds in which nothing ever is ready, or everything is, would prove nothing.
  if (process.env['GM_DEBUG']) console.log(seen)
  if (path === undefined) expect(seen).toBeDefined()
}, 300_000)

/** Throws when a run in the world of this schedule ends as it must not. */
async function runs(schedule: Schedule, count: (what: string) => void): Promise<void> {
  const world = createWorld(schedule)
  const run = await drive(world)
  if (run === undefined) {
    count('refused')
    return
  }
  checkEnding(world, run)
  if (run.green) checkGreen(world, run)
  if (mustBecomeGreen(world, run)) {
    count('has to be green')
    if (!run.green)
      throw new Error(`not green: ${run.results.map(({ region, detail }) => `${region}: ${detail}`).join('; ')}`)
  }
  count(run.green ? `green, ${schedule.waitFor}` : 'not green')
  if (run.green) run.results.forEach(({ proof }) => count(proof))
}
