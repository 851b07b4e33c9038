import { type WaitFor } from '../../../src/verdict.ts'

/** Something that is so for a while, and then no more. */
export interface Spell {
  /** In thousandths of the timeout, so that spells, arrivals and the deadline meet. */
  readonly at: number
  readonly forMs: number
}

/** What ARM answers for a replica. */
export type ReplicaAnswer =
  { readonly provisioningState: string; readonly displayStatus?: string } | { readonly trouble: 'gone' | Trouble }

/** How a request goes wrong. The first five pass; the others say that nobody here can ask the host. */
export type Trouble = 'throttled' | 'broken' | 'unavailable' | 'reset' | 'strange' | OutOfReach
export type OutOfReach = 'nxdomain' | 'firewall' | 'unauthorized' | 'certificate'

export type TagTarget = 'nothing' | 'old' | 'child' | 'stranger' | 'ours' | 'no digest'

export interface EventPlan {
  /** In thousandths of the timeout; negative for events that were there before the run. */
  readonly at: number
  readonly of: 'ours' | 'old' | 'stranger' | 'child'
  readonly action: 'push' | 'delete'
  readonly reference: number
  readonly twice: boolean
}

export interface RegionPlan {
  readonly isNew: boolean
  /** When the replica is Ready; creating and syncing before. */
  readonly readyAt: number
  readonly replica: readonly (Spell & { readonly answer: ReplicaAnswer })[]
  /** When ARM names the regional endpoint. */
  readonly hostAt: number
  /** When the parts of the image arrive, in turn: manifests first, then blobs, for each repository. */
  readonly arrivals: readonly number[]
  readonly losses: readonly (Spell & { readonly part: number; readonly damaged: boolean })[]
  readonly tagsAt: number
  readonly tagsBefore: TagTarget
  readonly flips: readonly (Spell & { readonly reference: number; readonly to: TagTarget })[]
  /** Answers for parts it lacks, from another replica. */
  readonly proxies: readonly Spell[]
  readonly outages: readonly (Spell & { readonly trouble: Trouble })[]
  /** Single requests to the host that go wrong. */
  readonly hiccups: readonly { readonly request: number; readonly trouble: Trouble }[]
  /** Undefined: the region has no webhook. */
  readonly events: readonly EventPlan[] | undefined
  /** What each request takes, in milliseconds. */
  readonly latency: number
}

/** Everything that happens in one run, as plain data: it is what a counterexample prints. */
export interface Schedule {
  readonly waitFor: WaitFor
  readonly timeoutMs: number
  readonly image: number
  readonly references: number
  /** Without a push, the image is only waited for. */
  readonly pushes: boolean
  readonly pushedAt: number
  readonly pushFails: boolean
  readonly cancelledAt: number | undefined
  readonly endpoints: 'enabled' | 'disabled'
  /** Whether the first region is the registry's home, and there as a replica of its own. */
  readonly home: 'none' | 'replica' | 'without replica'
  readonly arm: readonly (Spell & { readonly trouble: Trouble })[]
  readonly regions: readonly RegionPlan[]
}
