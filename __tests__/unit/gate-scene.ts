import { expect } from '@jest/globals'
import { StepError } from '../../src/base/errors.ts'
import { type GateOptions, type Observers, type RegionResult, gate } from '../../src/gate.ts'
import { createJournal } from '../../src/journal.ts'
import { type ImageState } from '../../src/registry/image-state.ts'
import { type ReplicaView } from '../../src/verdict.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { READY } from './fixtures.ts'

export const HOUR = 3_600_000
export const SERVED: ImageState = { kind: 'served', proof: 'regional-endpoint' }
export const MISSING: ImageState = { kind: 'incomplete', detail: 'the image is not there yet' }
export const CREATING: ReplicaView = { kind: 'pending', provisioningState: 'Creating', status: '', message: '' }
export const FAILED: ReplicaView = { kind: 'failed', provisioningState: 'Failed', status: '', message: '' }

export interface Scene extends Partial<Pick<GateOptions, 'regions' | 'waitFor'>> {
  /** What a look finds at a time (milliseconds from the start); may throw. */
  readonly replica?: (at: number, region: string) => ReplicaView
  readonly image?: (at: number, region: string, final: boolean) => ImageState
  readonly whyFailed?: Observers['whyFailed']
  readonly pushedAt?: number
  /** When the run is aborted, and with what. */
  readonly endsAt?: number
}

/** Plays a scene to its end. */
export async function play(scene: Scene) {
  const { regions = ['eastus'], endsAt = HOUR, pushedAt = 0 } = scene
  const { replica = () => READY, image = () => SERVED } = scene
  const clock = createFakeClock(0)
  const journal = createJournal(clock)
  const end = new AbortController()
  const done = new AbortController()
  const timeout = new StepError('timeout', 'too late')
  clock.sleep(endsAt, done.signal).then(
    () => end.abort(timeout),
    () => undefined,
  )
  const looks: [number, string, boolean][] = []
  const results = await gate({
    regions,
    waitFor: scene.waitFor ?? 'all',
    observers: {
      replica: async region => replica(clock.now(), region),
      image: async (region, final) => {
        looks.push([clock.now(), region, final])
        if (looks.length > 5000) end.abort(new Error('it looks without a pause'))
        return image(clock.now(), region, final)
      },
      whyFailed: scene.whyFailed ?? (() => Promise.resolve(undefined)),
    },
    pushed: () => clock.now() >= pushedAt,
    clock,
    deadline: { startedAt: 0, endsAt },
    signal: end.signal,
    journal,
  })
  const endedAt = clock.now()
  done.abort()
  expect(looks.length).toBeLessThan(5000)
  const [result] = results as [RegionResult, ...RegionResult[]]
  return { results, result, looks, endedAt, clock, journal, events: journal.entries.map(({ type }) => type) }
}
