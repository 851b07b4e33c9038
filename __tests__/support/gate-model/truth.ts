import { type RegionResult } from '../../../src/gate.ts'
import { type Trouble } from './schedule.ts'
import { isOutOfReach, isSilence } from './troubles.ts'
import { type Run } from './drive.ts'
import { type RegionWorld, type World } from './world.ts'

/** For how long a host must be out of reach before its region counts as one that cannot be asked, in milliseconds. */
const OUT_OF_REACH_MS = 5_000
const OUT_OF_REACH_NEW_MS = 120_000
/** How old the hosts ARM named may be, in milliseconds. */
const STALE_HOSTS_MS = 5_000

/** Something that is so or not, at any time. */
interface Fact {
  readonly name: string
  readonly holds: (time: number) => boolean
}

/** Throws unless a success is true: right now, or, where requests take time, since the last round of looks began. */
export function checkGreen(world: World, run: Run): void {
  const { endedAt, pushedAt } = run
  if (pushedAt === undefined) throw new Error('green without a push')
  if ([...run.sights.values()].some(({ cutShort }) => cutShort))
    throw new Error('green after a look that was cut short')
  // All looks of the last round begin at one moment, after every region was found ready.
  const from = Math.max(...[...run.sights.values()].map(({ lookedAt }) => lookedAt))
  world.regions.forEach((region, nth) => {
    const result = run.results[nth]
    if (result?.region !== region.name || result.outcome !== 'ready') throw new Error(`${region.name} has no result`)
    for (const fact of factsBehind(world, region, result, run, from)) requireFact(region, fact, from, endedAt)
  })
}

function requireFact(region: RegionWorld, { name, holds }: Fact, from: number, until: number): void {
  if (!heldWithin(region, holds, from, until))
    throw new Error(`${region.name}: ${name}, not true at ${from} to ${until}`)
}

function factsBehind(world: World, region: RegionWorld, result: RegionResult, run: Run, from: number): Fact[] {
  const { waitFor } = world.schedule
  const replica: Fact[] = waitFor === 'image' ? [] : [replicaReady(region)]
  switch (result.proof) {
    case 'regional-endpoint':
      return [...replica, ...imageFacts(world, region)]
    case 'webhook':
      return [
        ...replica,
        heardOf(world, region, mayBeOld(world, run.rememberedAt)),
        cannotBeAsked(world, region, run, from),
      ]
    case 'none':
      if (waitFor === 'replica') return replica
      return [...replica, nothingListens(world, region, run), cannotBeAsked(world, region, run, from)]
  }
}

function replicaReady(region: RegionWorld): Fact {
  return { name: 'its replica is Ready', holds: time => isReplicaReady(region, time) }
}

export function isReplicaReady(region: RegionWorld, time: number): boolean {
  const answer = region.replicaAt(time)
  if ('trouble' in answer) return answer.trouble === 'gone' && region.home !== 'none'
  return answer.provisioningState === 'Succeeded' && answer.displayStatus === 'Ready'
}

/** All that a pull of the digest and of every tag from the region takes. */
export function imageFacts({ image, references, repositories }: World, region: RegionWorld): Fact[] {
  const answers = (time: number) => region.hasHost(time) && region.troubleAt(time) === undefined
  const parts = [...image.manifests.map(({ digest }) => digest), ...image.blobs]
  return [
    { name: 'its endpoint answers', holds: answers },
    ...repositories.flatMap(repository =>
      parts.map(digest => ({
        name: `${repository}@${digest} is there`,
        holds: (time: number) => answers(time) && region.partAt(repository, digest, time) === 'there',
      })),
    ),
    ...references.map(({ repository, tag }, reference) => ({
      name: `${repository}:${tag} is the image`,
      holds: (time: number) => answers(time) && region.tagAt(reference, time) === image.digest,
    })),
  ]
}

/** The webhook tells of every reference, since the run began or (with old) ever, and of no other push and no deletion of it since. */
export function heardOf(world: World, region: RegionWorld, old: boolean): Fact {
  return {
    name: 'its webhook tells of the push',
    holds: time =>
      world.references.every((_, reference) => {
        const pushes = (region.events ?? []).filter(
          event => event.action === 'push' && event.reference === reference && event.listedAt <= time,
        )
        const ours = pushes.filter(({ digest }) => digest === world.image.digest)
        const newest = Math.max(...pushes.map(({ listedAt }) => listedAt))
        const last = Math.max(...ours.map(({ listedAt }) => listedAt))
        const isDeleted = (region.events ?? []).some(
          event =>
            event.action === 'delete' &&
            event.reference === reference &&
            event.listedAt >= last &&
            event.listedAt <= time,
        )
        if (isDeleted) return false
        return ours.some(({ listedAt }) => listedAt === newest) && (old || ours.some(({ listedAt }) => listedAt > 0))
      }),
  }
}

/** Whether events from before the run count: the image is only waited for, or every tag was the image's somewhere when the run began. */
export function mayBeOld({ schedule, regions, references, image }: World, rememberedAt: number): boolean {
  const wasThere = references.every((_, reference) =>
    regions.some(region => heldWithin(region, time => region.tagAt(reference, time) === image.digest, 0, rememberedAt)),
  )
  return !schedule.pushes || wasThere
}

/** Only auto goes without a proof, and only where no webhook could give one. */
function nothingListens({ schedule }: World, region: RegionWorld, { deaf }: Run): Fact {
  const holds = schedule.waitFor === 'auto' && (region.events === undefined || deaf.has(region.name))
  return { name: 'nothing else proves it', holds: () => holds }
}

/** The endpoint of the region could not be asked, for long enough. */
function cannotBeAsked({ schedule }: World, region: RegionWorld, run: Run, from: number): Fact {
  const mishap = run.contact.mishap(region.host)
  const refused =
    mishap !== undefined && mishap.at >= from && saysOutside(mishap.trouble, !run.contact.ever(region.host))
  const since = Math.max(run.pushedAt ?? Number.POSITIVE_INFINITY, run.contact.properAt(region.host))
  const slack = 20 * region.plan.latency
  const lasting = run.endedAt - since + slack >= (region.plan.isNew ? OUT_OF_REACH_NEW_MS : OUT_OF_REACH_MS)
  return {
    name: 'it cannot be asked',
    holds: () => schedule.endpoints === 'disabled' || (lasting && (refused || !region.hasHost(from - STALE_HOSTS_MS))),
  }
}

/** Whether a trouble says that nobody here can ask the host: a refusal, or silence of one that never said anything. */
function saysOutside(trouble: Trouble, silent: boolean): boolean {
  return isOutOfReach(trouble) || (silent && isSilence(trouble))
}

/** Whether something was so at some moment of a stretch of time. */
export function heldWithin(
  { changes }: RegionWorld,
  holds: (time: number) => boolean,
  from: number,
  until: number,
): boolean {
  return holds(from) || changes.some(time => time > from && time <= until && holds(time))
}
