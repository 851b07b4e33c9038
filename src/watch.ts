import { describeReplica } from './azure/replications.ts'
import { type ImageState, type Proof, describeImage } from './registry/image-state.ts'
import { type Look, type ReplicaView, type Verdict, type WaitFor, remedyForPending } from './verdict.ts'

/** What came of a region. */
export interface RegionResult {
  readonly region: string
  readonly outcome: 'ready' | 'failed' | 'pending'
  readonly replica: ReplicaView
  readonly image: ImageState
  readonly proof: Proof
  /** Milliseconds from the start of the step until it was ready. */
  readonly readyAfterMs: number | undefined
  readonly detail: string
  readonly remedy: string
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** One region while it is watched. */
export interface Watch extends Mutable<Look> {
  readonly region: string
  /** Since when the replica and the image are what they are, milliseconds since the epoch. */
  replicaSince: number
  imageSince: number
  /** When a bad look was last counted. */
  badAt: number
  verdict: Verdict
  readyAt: number | undefined
}

/** A region nobody has looked at yet. */
export function startWatch(region: string, now: number): Watch {
  return {
    region,
    replica: { kind: 'unread', detail: 'not looked at yet' },
    image: { kind: 'unknown' },
    replicaSince: now,
    imageSince: now,
    badLooks: 0,
    badAt: now,
    verdict: { kind: 'waiting' },
    readyAt: undefined,
  }
}

/** Whether a region was found ready. */
export function isReady({ verdict }: Watch): boolean {
  return verdict.kind === 'ready'
}

/** Sends a region back to waiting. */
export function unsettle(watch: Watch): void {
  watch.verdict = { kind: 'waiting' }
  watch.readyAt = undefined
}

/** A replica's state as the log has it. */
export function replicaLabel(replica: ReplicaView): string {
  return replica.kind === 'unread' ? 'could not be read' : describeReplica(replica)
}

/** What came of a region, as far as it is known. Times in milliseconds since the epoch. */
export function toResult(watch: Watch, waitFor: WaitFor, startedAt: number, now: number): RegionResult {
  const { region, replica, image, verdict, readyAt } = watch
  const common = {
    region,
    replica,
    image,
    readyAfterMs: readyAt === undefined ? undefined : readyAt - startedAt,
  }
  switch (verdict.kind) {
    case 'ready':
      return { ...common, outcome: 'ready', proof: verdict.proof, detail: detailOf(watch, waitFor, now), remedy: '' }
    case 'failed':
      return { ...common, outcome: 'failed', proof: 'none', detail: verdict.detail, remedy: verdict.remedy }
    case 'waiting':
      return {
        ...common,
        outcome: 'pending',
        proof: 'none',
        detail: detailOf(watch, waitFor, now),
        remedy: remedyForPending(watch, waitFor),
      }
  }
}

/** A region's last known state, and for how long it has been in it. */
export function detailOf(
  { replica, replicaSince, image, imageSince, verdict }: Watch,
  waitFor: WaitFor,
  now: number,
): string {
  const since = (at: number) => (verdict.kind === 'ready' ? '' : ` for ${Math.round((now - at) / 1000)}s`)
  const parts = []
  if (replica.kind !== 'unread') parts.push(`replica ${describeReplica(replica)}${since(replicaSince)}`)
  else if (waitFor !== 'image') parts.push(`its replica could not be read (${replica.detail})${since(replicaSince)}`)
  if (waitFor !== 'replica') parts.push(`${describeImage(image)}${since(imageSince)}`)
  return parts.join('; ')
}
