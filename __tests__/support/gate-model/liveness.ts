import { type Trouble } from './schedule.ts'
import { RETRY_AFTER_MS, isOutOfReach, isSilence } from './troubles.ts'
import { type Run } from './drive.ts'
import { heardOf, imageFacts, isReplicaReady } from './truth.ts'
import { type RegionWorld, type World } from './world.ts'

/** Longest pause between looks, in milliseconds. */
const PAUSE_MS = 10_000
/** A replica may look failed or gone, and a host be out of reach, for less than this without being given up: milliseconds. */
const SHORT_BAD_MS = 400
const SHORT_OUTAGE_MS = 3_000
/** How long new hosts may be missing, in milliseconds, and how long it takes to be sure that they cannot be asked. */
const NEW_HOST_MS = 100_000
const NEW_OUT_OF_REACH_MS = 140_000

/** Whether a run has to end green: everything becomes good, stays so, and does it long enough before the end. */
export function mustBecomeGreen(world: World, { pushedAt, deaf }: Run): boolean {
  const { schedule, regions } = world
  if (pushedAt === undefined || schedule.cancelledAt !== undefined || deaf.size > 0) return false
  const armChanges = schedule.arm.flatMap(({ at, forMs }) => [ms(world, at), ms(world, at) + forMs])
  const last = Math.max(pushedAt, ...armChanges.filter(Number.isFinite), ...regions.flatMap(({ changes }) => changes))
  const settled = last + 1
  return (
    world.armTroubleAt(settled) === undefined &&
    regions.every(region => isGood(world, region, settled) && !mayBeGivenUp(world, region, pushedAt)) &&
    settled + Math.max(...regions.map(region => patience(world, region, settled))) < schedule.timeoutMs
  )
}

function ms({ schedule }: World, at: number): number {
  return (at * schedule.timeoutMs) / 1000
}

/** Whether a region is what is waited for, as far as that can be told there. */
function isGood(world: World, region: RegionWorld, time: number): boolean {
  const { waitFor } = world.schedule
  const replica = isReplicaReady(region, time)
  const heard = region.events !== undefined && heardOf(world, region, !world.schedule.pushes).holds(time)
  const image = cannotBeAsked(world, region, time) ? heard : imageFacts(world, region).every(({ holds }) => holds(time))
  switch (waitFor) {
    case 'replica':
      return replica
    case 'image':
      return image
    case 'all':
      return replica && image
    case 'auto':
      return replica && (image || (cannotBeAsked(world, region, time) && region.events === undefined))
  }
}

/** A host that says 401 while others let the identity in is asked again. */
function cannotBeAsked({ schedule }: World, region: RegionWorld, time: number): boolean {
  const trouble = region.troubleAt(time)
  return (
    schedule.endpoints === 'disabled' ||
    !region.hasHost(time) ||
    (trouble !== undefined && isOutOfReach(trouble) && trouble !== 'unauthorized')
  )
}

/** Whether the gate may rightly call a region failed on the way. */
function mayBeGivenUp(world: World, region: RegionWorld, pushedAt: number): boolean {
  const { waitFor, endpoints } = world.schedule
  const { replica, outages, hiccups, hostAt, isNew } = region.plan
  const bad = replica.filter(({ answer }) =>
    'trouble' in answer
      ? answer.trouble === 'gone' && region.home === 'none'
      : ['Failed', 'Canceled'].includes(answer.provisioningState),
  )
  if (bad.length > 1 || bad.some(({ forMs }) => forMs > SHORT_BAD_MS)) return true
  if (waitFor === 'replica' || waitFor === 'auto' || region.events !== undefined) return false
  if (endpoints === 'disabled') return true
  const isSuspect = ({ trouble }: { trouble: Trouble }) => isOutOfReach(trouble) || isSilence(trouble)
  const suspects = outages.filter(isSuspect)
  const doubts = suspects.length * 2 + hiccups.filter(isSuspect).length
  if (doubts > 2 || suspects.some(({ forMs }) => forMs > SHORT_OUTAGE_MS)) return true
  const missing = ms(world, hostAt) - pushedAt
  return missing > (isNew ? NEW_HOST_MS : -PAUSE_MS) && (hostAt > 0 || doubts > 2)
}

/** How long after the last change the gate may take: looks that still go wrong, pauses, and what each request takes. */
function patience(world: World, region: RegionWorld, settled: number): number {
  const { hiccups, latency } = region.plan
  const parts = world.image.manifests.length + world.image.blobs.length + world.references.length
  const look = PAUSE_MS + RETRY_AFTER_MS + latency * parts * world.repositories.length
  const sure = cannotBeAsked(world, region, settled) ? NEW_OUT_OF_REACH_MS : 0
  return sure + look * (4 + hiccups.length)
}
