import { type ReplicaState, describeReplica } from './azure/replications.ts'
import { type ImageState, type Proof } from './registry/image-state.ts'

/** What a region has to meet. */
export const WAIT_FOR = ['replica', 'image', 'all', 'auto'] as const
export type WaitFor = (typeof WAIT_FOR)[number]

/** A replica's state, or why it could not be read. */
export type ReplicaView = ReplicaState | { readonly kind: 'unread'; readonly detail: string }

/** The last look at a region. */
export interface Look {
  readonly replica: ReplicaView
  readonly image: ImageState
  /** How many looks in a row found the replica failed or gone. One bad answer is not the end: ARM forgets and recovers. */
  readonly badLooks: number
}

export type Verdict =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'ready'; readonly proof: Proof }
  | { readonly kind: 'failed'; readonly detail: string; readonly remedy: string }

/** A replica that looks failed or gone this often in a row is. */
export const BAD_LOOKS = 3
/** The rule of the gate, pure: what the last look at a region means for what is waited for. */
export function decide(waitFor: WaitFor, { replica, image, badLooks }: Look, pushed: boolean): Verdict {
  const served = image.kind === 'served'
  if (isBad(replica) && badLooks >= BAD_LOOKS && !(waitFor === 'image' && served && pushed)) return lost(replica)
  if (!pushed) return { kind: 'waiting' }
  const replicaReady = replica.kind === 'ready' || replica.kind === 'home'
  switch (waitFor) {
    case 'replica':
      return replicaReady ? { kind: 'ready', proof: 'none' } : { kind: 'waiting' }
    case 'image':
      return served ? { kind: 'ready', proof: image.proof } : unprovable(image)
    case 'all':
      return served && replicaReady ? { kind: 'ready', proof: image.proof } : unprovable(image)
    case 'auto':
      if (!replicaReady) return { kind: 'waiting' }
      if (served) return { kind: 'ready', proof: image.proof }
      return image.kind === 'unprovable' ? { kind: 'ready', proof: 'none' } : { kind: 'waiting' }
  }
}

/** Whether a replica looks failed or gone. */
export function isBad(replica: ReplicaView): boolean {
  return replica.kind === 'failed' || replica.kind === 'absent'
}

function lost(replica: ReplicaView): Verdict {
  return replica.kind === 'failed'
    ? {
        kind: 'failed',
        detail: `the replica is in state ${describeReplica(replica)}${replica.message === '' ? '' : ` (${replica.message})`}, which does not heal`,
        remedy: 'Delete the replica and run the job again, which creates it anew.',
      }
    : {
        kind: 'failed',
        detail: 'the replica is gone: Azure rolled its creation back, or somebody deleted it',
        remedy:
          'See the activity log of the registry; with private endpoints, check free addresses in the subnet and the rights on them.',
      }
}

function unprovable(image: ImageState): Verdict {
  if (image.kind !== 'unprovable') return { kind: 'waiting' }
  return {
    kind: 'failed',
    detail: `nothing proves that it serves the image: ${image.detail}`,
    remedy:
      "Turn on regional endpoints and let this runner reach them, set 'webhook-uri', or wait for the replica alone with 'wait-for: replica'.",
  }
}

/** What to do about a region that was still waited for at the end. */
export function remedyForPending({ replica, image }: Look, waitFor: WaitFor): string {
  if (replica.kind === 'unread' && waitFor !== 'image') return 'See why its replica could not be read.'
  if (replica.kind === 'deleting') {
    return 'Somebody deletes this replica: find out who (activity log of the registry), and run the job again when it is gone.'
  }
  if (replica.kind !== 'ready' && replica.kind !== 'home' && waitFor !== 'image') {
    return "Run the job again, with a longer 'timeout': a new replica copies the whole registry. If it stays in this state, delete and create it."
  }
  if (image.kind === 'other-tag' && image.conflict) {
    return 'Find out who else pushes this tag, and push again; or deploy by digest.'
  }
  if (image.kind === 'unread') return 'Check that this runner can reach the regional endpoint.'
  return "Run the job again, with a longer 'timeout' if replication is slow: what is in the registry is not pushed again."
}
