import { type RegionResult } from '../../../src/gate.ts'
import { type Run, type Sight } from './drive.ts'
import { heardOf, heldWithin, imageFacts, isReplicaReady, mayBeOld } from './truth.ts'
import { type RegionWorld, type World } from './world.ts'

/** Throws unless a run ended as every run has to, green or not: in time, each region with its own result, which tells its last state. */
export function checkEnding(world: World, run: Run): void {
  const { schedule, regions } = world
  const cancelledAt = ((schedule.cancelledAt ?? Number.POSITIVE_INFINITY) * schedule.timeoutMs) / 1000
  const latest = Math.min(schedule.timeoutMs, Math.max(cancelledAt, 0))
  if (run.endedAt > latest) throw new Error(`ended at ${run.endedAt}, which is after ${latest}`)
  const [got, asked] = [run.results, regions].map(list =>
    list.map(one => ('name' in one ? one.name : one.region)).join(),
  )
  if (got !== asked) throw new Error(`results for ${got} instead of ${asked}`)
  regions.forEach((region, nth) => {
    const result = run.results[nth]
    const sight = run.sights.get(region.name)
    if (result === undefined || sight === undefined) throw new Error(`${region.name} has no result`)
    if (result.outcome === 'ready') checkReady(world, region, result, run)
    if (result.outcome === 'failed') checkFailed(world, region, result, run)
    if (result.outcome === 'pending') checkPending(world, region, result, run, sight)
  })
}

/** Ready in a run that is not green says less: what it takes was there at some time, each part by itself. */
function checkReady(world: World, region: RegionWorld, result: RegionResult, run: Run): void {
  const { waitFor } = world.schedule
  const readyAt = result.readyAfterMs ?? Number.NaN
  if (run.pushedAt === undefined || !(readyAt >= run.pushedAt && readyAt <= run.endedAt))
    throw new Error(`${region.name} is ready at ${readyAt}, pushed at ${run.pushedAt}`)
  if (waitFor !== 'image') {
    const ready = (time: number) => isReplicaReady(region, time)
    if (!heldWithin(region, ready, readyAt - 60 * region.plan.latency, readyAt))
      throw new Error(`${region.name} is ready at ${readyAt}, its replica is not`)
  }
  const facts = {
    'regional-endpoint': imageFacts(world, region),
    webhook: [heardOf(world, region, mayBeOld(world, run.rememberedAt))],
    none: [],
  }
  const wrong = facts[result.proof].find(({ holds }) => !heldWithin(region, holds, 0, run.endedAt))
  if (wrong !== undefined) throw new Error(`${region.name} is ready without: ${wrong.name}`)
}

/** A region fails for a reason only: its replica failed or went, or nothing can prove what has to be proved. */
function checkFailed(world: World, region: RegionWorld, result: RegionResult, run: Run): void {
  const { waitFor, endpoints } = world.schedule
  const isBad = (time: number) => {
    const answer = region.replicaAt(time)
    if ('trouble' in answer) return answer.trouble === 'gone' && region.home === 'none'
    return ['Failed', 'Canceled'].includes(answer.provisioningState)
  }
  const demanding = waitFor === 'image' || waitFor === 'all'
  const outside = (time: number) =>
    endpoints === 'disabled' || !region.hasHost(time - 5_000) || region.troubleAt(time) !== undefined
  const unproved =
    demanding &&
    (region.events === undefined || run.deaf.has(region.name)) &&
    heldWithin(region, outside, 0, run.endedAt)
  if (!unproved && !heldWithin(region, isBad, 0, run.endedAt))
    throw new Error(`${region.name} failed without reason: ${result.detail}`)
  if (result.detail === '' || result.remedy === '') throw new Error(`${region.name} failed without a word`)
}

/** What the last look showed is in the detail; a look that the end cut short may not be. */
function checkPending(world: World, region: RegionWorld, { detail }: RegionResult, run: Run, sight: Sight): void {
  const names = (words: readonly string[], first: string) =>
    [...(words.length < 2 ? [first] : []), ...words.slice(-2)].some(word => detail.includes(word))
  const { waitFor } = world.schedule
  // With image, what is not known of the replica does not matter.
  if (waitFor !== 'image' && !names(sight.replica, 'not looked at yet'))
    throw new Error(`${region.name}: '${detail}' lacks its replica`)
  if (waitFor !== 'replica' && run.pushedAt !== undefined && !names(sight.image, 'not checked'))
    throw new Error(`${region.name}: '${detail}' lacks its image`)
}
