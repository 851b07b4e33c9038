import { readRegionalEndpoints } from '../../../src/azure/regional-endpoints.ts'
import { readReplica } from '../../../src/azure/replications.ts'
import { readEvents } from '../../../src/azure/webhooks.ts'
import { type Clock } from '../../../src/base/clock.ts'
import { startDeadline } from '../../../src/base/deadline.ts'
import { StepError, messageOf } from '../../../src/base/errors.ts'
import { createEndpointDirectory } from '../../../src/endpoint-directory.ts'
import { createEndpointProof } from '../../../src/endpoint-proof.ts'
import { type Observers, type RegionResult, gate } from '../../../src/gate.ts'
import { createJournal } from '../../../src/journal.ts'
import { attemptsOf } from '../../../src/pace.ts'
import { type ImageProof, createImageProof } from '../../../src/proof.ts'
import { describeImage } from '../../../src/registry/image-state.ts'
import { notReady } from '../../../src/run-state.ts'
import { createWebhookProof } from '../../../src/webhook-proof.ts'
import { createFakeClock } from '../fake-clock.ts'
import { REGISTRY, createWorldArm } from './arm.ts'
import { type Contact, openWorldSession } from './registry.ts'
import { LOGIN_SERVER, type World } from './world.ts'

/** What the gate saw of a region: the words of its last looks, and when the last one began. */
export interface Sight {
  readonly replica: string[]
  readonly image: string[]
  lookedAt: number
  looks: number
  /** Whether the end of the run cut a look short. */
  cutShort: boolean
}

/** How a run in a world ended. */
export interface Run {
  readonly results: readonly RegionResult[]
  /** Whether the step reports success. */
  readonly green: boolean
  readonly endedAt: number
  /** When what there was before the push was noted. */
  readonly rememberedAt: number
  /** Regions whose webhook could not be asked then: it proves nothing. */
  readonly deaf: ReadonlySet<string>
  readonly pushedAt: number | undefined
  readonly contact: Contact
  readonly sights: ReadonlyMap<string, Sight>
}

/** A run that needs more fake time than this beyond its timeout hangs. */
const GRACE_MS = 3_600_000
/** So many looks at a region are all right at any time, and so many more for each second: the shortest pause is a quarter of one. */
const FREE_LOOKS = 30
const LOOKS_A_SECOND = 8

/** Runs the real gate with the real proofs in a world. Undefined: the run was refused before the push. */
export async function drive(world: World): Promise<Run | undefined> {
  const clock = createFakeClock(0)
  const { timeoutMs, cancelledAt } = world.schedule
  const over = new AbortController()
  const cancelled = new AbortController()
  if (cancelledAt !== undefined) {
    const cancel = () => cancelled.abort(new StepError('cancelled', 'Cancelled'))
    clock.sleep((cancelledAt * timeoutMs) / 1000, over.signal).then(cancel, () => undefined)
  }
  let onHang: (error: Error) => void = () => undefined
  const stuck = new Promise<never>((_, reject) => (onHang = reject))
  const hang = () => onHang(new Error('the gate hangs: it goes on after the deadline'))
  clock.sleep(timeoutMs + GRACE_MS, over.signal).then(hang, () => undefined)
  try {
    return await Promise.race([deliver(world, clock, cancelled.signal, onHang), stuck])
  } finally {
    over.abort()
  }
}

/** What `deliver` does from the sign-in on. */
async function deliver(
  world: World,
  clock: Clock,
  cancelled: AbortSignal,
  onHang: (error: Error) => void,
): Promise<Run | undefined> {
  const { schedule, references, image } = world
  const deadline = startDeadline(schedule.timeoutMs, clock, cancelled)
  const { signal } = deadline
  const { session, contact } = openWorldSession(world, clock, signal)
  const regions = world.regions.map(({ name }) => name)
  const arm = createWorldArm(world, clock, signal)
  try {
    // A run that cannot read the registry ends before; so that was possible.
    const wellArm = createWorldArm({ ...world, armTroubleAt: () => undefined }, clock, signal)
    const directory = createEndpointDirectory(
      await readRegionalEndpoints(wellArm, REGISTRY),
      () => readRegionalEndpoints(arm, REGISTRY),
      clock,
    )
    const isNew = (region: string) => world.regions.some(({ name, plan }) => name === region && plan.isNew)
    const webhooks = new Map(world.regions.filter(({ events }) => events !== undefined).map(({ name }) => [name, name]))
    const deaf = new Set<string>()
    const proof = createImageProof(
      createEndpointProof({ session, directory, loginServer: LOGIN_SERVER, references, isNew, clock }),
      createWebhookProof({
        webhooks,
        references,
        readEvents: (name, attempts) => readEvents(arm, REGISTRY, name, attempts),
        onUnusable: region => deaf.add(region),
      }),
      references,
      schedule.pushes,
    )
    await proof.remember(regions)
    const rememberedAt = clock.now()

    let pushedAt: number | undefined
    const sights = new Map(
      regions.map(region => [region, { replica: [], image: [], lookedAt: 0, looks: 0, cutShort: false }]),
    )
    const watching = gate({
      regions,
      waitFor: schedule.waitFor,
      observers: observe(world, arm, proof, sights, clock, signal, onHang),
      pushed: () => pushedAt !== undefined,
      clock,
      deadline,
      signal,
      journal: createJournal(clock),
    })
    try {
      await clock.sleep(world.pushedAt - clock.now(), signal)
      if (schedule.pushFails) throw new StepError('conflict', 'docker push failed')
      pushedAt = clock.now()
      proof.expect(image.digest)
    } catch {
      deadline.end()
    }
    const results = await watching
    const green = notReady(results, signal) === undefined
    return { results, green, endedAt: clock.now(), rememberedAt, deaf, pushedAt, contact, sights }
  } catch (error) {
    // Before the gate only: ARM or the webhooks could not be read, and nothing was pushed.
    if (error instanceof StepError) return undefined
    throw error
  } finally {
    deadline.end()
  }
}

/** The observers of `deliver`, which also note what they showed. */
function observe(
  { regions, schedule }: World,
  arm: ReturnType<typeof createWorldArm>,
  proof: ImageProof,
  sights: ReadonlyMap<string, Sight>,
  clock: Clock,
  signal: AbortSignal,
  onHang: (error: Error) => void,
): Observers {
  const note = async <T>(
    sight: Sight,
    words: string[],
    work: Promise<T>,
    describe: (found: T) => string,
  ): Promise<T> => {
    try {
      const found = await work
      words.push(describe(found))
      return found
    } catch (error) {
      words.push(messageOf(error))
      sight.cutShort ||= signal.aborted
      throw error
    }
  }
  const sightOf = (region: string): Sight => {
    const sight = sights.get(region)
    if (sight === undefined) throw new Error(`the gate asks for ${region}`)
    return sight
  }
  const readState = async (region: string, final: boolean) => {
    const found = await readReplica(arm, REGISTRY, region, region, attemptsOf(final))
    const home = schedule.home !== 'none' && region === regions[0]?.name
    return found.kind === 'absent' && home ? ({ kind: 'home' } as const) : found
  }
  return {
    replica(region, final) {
      const sight = sightOf(region)
      sight.lookedAt = clock.now()
      sight.looks += 1
      if (sight.looks > FREE_LOOKS + (clock.now() / 1000) * LOOKS_A_SECOND) {
        onHang(new Error(`${region} is looked at without a pause: ${sight.looks} times in ${clock.now()} ms`))
        return new Promise(() => undefined)
      }
      return note(sight, sight.replica, readState(region, final), found =>
        found.kind === 'absent' ? 'missing' : found.kind === 'home' ? 'home region' : found.provisioningState,
      )
    },
    image(region, final) {
      const sight = sightOf(region)
      return note(sight, sight.image, proof.look(region, final), describeImage)
    },
    whyFailed: () => Promise.resolve(undefined),
  }
}
