import { type Clock } from './base/clock.ts'
import { type Deadline } from './base/deadline.ts'
import { StepError, messageOf } from './base/errors.ts'
import { type Journal } from './journal.ts'
import { createPace } from './pace.ts'
import { type ImageState, describeImage } from './registry/image-state.ts'
import { type ReplicaView, type Verdict, type WaitFor, decide, isBad } from './verdict.ts'
import {
  type RegionResult,
  type Watch,
  detailOf,
  isReady,
  replicaLabel,
  startWatch,
  toResult,
  unsettle,
} from './watch.ts'

export { type RegionResult }

/** How the gate looks at a region. Both may throw what they met; a look that fails says nothing about the region. */
export interface Observers {
  replica(region: string, final: boolean): Promise<ReplicaView>
  /** @param final everything is looked at again, also what was seen before */
  image(region: string, final: boolean): Promise<ImageState>
  /** Why a replica failed or went, where an operation tells. */
  whyFailed(region: string): Promise<string | undefined>
}

export interface GateOptions {
  readonly regions: readonly string[]
  readonly waitFor: WaitFor
  readonly observers: Observers
  /** Whether the image is in the registry: before that no region can serve it. */
  readonly pushed: () => boolean
  readonly clock: Clock
  readonly deadline: Pick<Deadline, 'startedAt' | 'endsAt'>
  readonly signal: AbortSignal
  readonly journal: Journal
}

/** Bad looks count when they are this far apart: ARM may forget a replica for a second or two. Milliseconds. */
const BAD_LOOKS_APART = 1_500
/** A region that is ready is looked at this much less often while others are waited for. */
const READY_PACE = 3
/** Without any change, a sign of life comes this often: milliseconds. */
const HEARTBEAT = 60_000

/**
 * Watches all regions until each is ready or failed, or the signal aborts; before it calls the whole ready, it looks at everything once
 * more, so that the answer is true at the moment it is given. Never throws: what came of each region is the result.
 */
export async function gate(options: GateOptions): Promise<RegionResult[]> {
  const { regions, clock, deadline, signal } = options
  const watches = regions.map(region => startWatch(region, clock.now()))
  const pace = createPace(deadline.startedAt, options.pushed, clock)
  const heart = new AbortController()
  const beating = heartbeat(watches, options, AbortSignal.any([signal, heart.signal]))
  let confirmed = false
  while (!confirmed && !signal.aborted) {
    await settleAll(watches, options, pace)
    if (signal.aborted) break
    const wait = await confirm(watches, options)
    confirmed = wait === undefined
    // What looks ready and is not, again and again, is asked at the same pace as everything else.
    if (!confirmed) await clock.sleep(Math.max(wait ?? 0, pace()), signal).catch(() => undefined)
  }
  // All ready, but never looked at once more: that is not known to be true now.
  if (!confirmed && watches.every(isReady)) watches.forEach(unsettle)
  heart.abort()
  await beating
  return watches.map(watch => toResult(watch, options.waitFor, deadline.startedAt, clock.now()))
}

/**
 * Watches until every region is ready or failed. What is ready is looked at again now and then, so that the answer is not as old as the wait
 * is long when the deadline ends it.
 */
async function settleAll(watches: readonly Watch[], options: GateOptions, pace: () => number): Promise<void> {
  const settled = new AbortController()
  const signal = AbortSignal.any([options.signal, settled.signal])
  const watchOne = async (watch: Watch): Promise<void> => {
    while (!signal.aborted) {
      await settle(watch, options, pace)
      if (areSettled(watches)) settled.abort()
      if (!isReady(watch)) return
      await options.clock.sleep(READY_PACE * pace(), signal).catch(() => undefined)
      if (!signal.aborted) await recheck(watch, options)
    }
  }
  await Promise.all(watches.map(watchOne))
}

/** Whether nothing is waited for. A last look of `settleAll` may have undone what it was looking at. */
function areSettled(watches: readonly Watch[]): boolean {
  return watches.every(({ verdict }) => verdict.kind !== 'waiting')
}

/** Looks at one region until it is ready or failed. */
async function settle(watch: Watch, options: GateOptions, pace: () => number): Promise<void> {
  const { clock, signal, deadline, pushed, journal } = options
  while (watch.verdict.kind === 'waiting' && !signal.aborted) {
    const wait = await look(watch, options, false)
    if (signal.aborted) return
    watch.verdict = await judge(watch, options, pushed())
    if (watch.verdict.kind === 'ready') {
      watch.readyAt = clock.now()
      journal.record({
        type: 'region-ready',
        region: watch.region,
        proof: watch.verdict.proof,
        afterMs: clock.now() - deadline.startedAt,
      })
    } else if (watch.verdict.kind === 'failed') {
      journal.record({
        type: 'region-failed',
        region: watch.region,
        detail: watch.verdict.detail,
        remedy: watch.verdict.remedy,
      })
    } else {
      await clock.sleep(Math.max(wait, pace()), signal).catch(() => undefined)
    }
  }
}

/**
 * Looks once more at what was found ready.
 *
 * @returns undefined when all of it still is; else how long to leave the services alone at least, in milliseconds
 */
async function confirm(watches: readonly Watch[], options: GateOptions): Promise<number | undefined> {
  const ready = watches.filter(isReady)
  const waits = await Promise.all(ready.map(watch => recheck(watch, options)))
  if (options.signal.aborted) return 0
  return areSettled(watches) ? undefined : Math.max(0, ...waits)
}

/** Looks once more at a region that was found ready: at everything. One that is not, or cannot be read, goes back to waiting. */
async function recheck(watch: Watch, options: GateOptions): Promise<number> {
  const wait = await look(watch, options, true)
  if (options.signal.aborted) return 0
  const verdict = decide(options.waitFor, watch, options.pushed())
  if (verdict.kind === 'ready') {
    watch.verdict = verdict
  } else {
    unsettle(watch)
    options.journal.record({
      type: 'region-regressed',
      region: watch.region,
      detail: detailOf(watch, options.waitFor, options.clock.now()),
    })
  }
  return wait
}

/** Looks at replica and image side by side. Resolves with how long a service asked to be left alone, in milliseconds. */
async function look(watch: Watch, options: GateOptions, final: boolean): Promise<number> {
  const { observers, waitFor, pushed, clock, deadline, journal, signal } = options
  let wait = 0
  const failed = (error: unknown): string => {
    if (error instanceof StepError && error.retryAfterMs !== undefined) wait = Math.max(wait, error.retryAfterMs)
    return messageOf(error)
  }
  const [replica, image] = await Promise.all([
    observers
      .replica(watch.region, final)
      .catch((error: unknown): ReplicaView => ({ kind: 'unread', detail: failed(error) })),
    pushed() && waitFor !== 'replica'
      ? observers
          .image(watch.region, final)
          .catch((error: unknown): ImageState => ({ kind: 'unread', detail: failed(error) }))
      : watch.image,
  ])
  if (signal.aborted) return 0
  const now = clock.now()
  const stayed = (kind: string, since: number) => (kind === 'unread' || kind === 'unknown' ? undefined : now - since)
  if (replicaLabel(replica) !== replicaLabel(watch.replica)) {
    journal.record({
      type: 'replica-changed',
      region: watch.region,
      state: replicaLabel(replica),
      stayedMs: stayed(watch.replica.kind, watch.replicaSince),
    })
    watch.replicaSince = now
  }
  if (describeImage(image) !== describeImage(watch.image)) {
    journal.record({
      type: 'image-changed',
      region: watch.region,
      state: describeImage(image),
      stayedMs: stayed(watch.image.kind, watch.imageSince),
    })
    watch.imageSince = now
  }
  if (!isBad(replica)) watch.badLooks = 0
  else if (watch.badLooks === 0 || now - watch.badAt >= BAD_LOOKS_APART) {
    watch.badLooks += 1
    watch.badAt = now
  }
  watch.replica = replica
  watch.image = image
  return Math.min(wait, Math.max(0, deadline.endsAt - now))
}

async function judge(watch: Watch, options: GateOptions, pushed: boolean): Promise<Verdict> {
  const verdict = decide(options.waitFor, watch, pushed)
  if (verdict.kind !== 'failed') return verdict
  const why = await options.observers.whyFailed(watch.region).catch(() => undefined)
  return why === undefined ? verdict : { ...verdict, detail: `${verdict.detail}: ${why}` }
}

async function heartbeat(
  watches: readonly Watch[],
  { clock, journal, deadline }: GateOptions,
  signal: AbortSignal,
): Promise<void> {
  let quietSince = journal.entries.length
  while (!signal.aborted) {
    await clock.sleep(HEARTBEAT, signal).catch(() => undefined)
    if (signal.aborted) return
    if (journal.entries.length === quietSince) {
      const regions = watches.filter(({ verdict }) => verdict.kind === 'waiting').map(({ region }) => region)
      journal.record({ type: 'waiting', regions, leftMs: deadline.endsAt - clock.now() })
    }
    quietSince = journal.entries.length
  }
}
