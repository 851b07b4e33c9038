import { type Reference } from '../../../src/registry/reference.ts'
import { IMAGES, type Image, OLD_DIGEST, STRANGER_DIGEST } from './images.ts'
import {
  type EventPlan,
  type RegionPlan,
  type ReplicaAnswer,
  type Schedule,
  type Spell,
  type TagTarget,
  type Trouble,
} from './schedule.ts'

export const LOGIN_SERVER = 'contoso.azurecr.io'
const REGION_NAMES = ['japaneast', 'westeurope', 'eastus', 'australiaeast'] as const
const REFERENCES: readonly [Reference, ...Reference[]] = [
  { host: undefined, repository: 'team/web', tag: '1.2' },
  { host: undefined, repository: 'mirror/web', tag: '1.2' },
  { host: undefined, repository: 'team/web', tag: 'latest' },
]

/** A line of a webhook's log. */
export interface LoggedEvent extends EventPlan {
  readonly id: string
  readonly digest: string
  /** When it is listed for the first time, in milliseconds. */
  readonly listedAt: number
}

/** One region as it really is, at any time. Times are milliseconds since the start of the step. */
export interface RegionWorld {
  readonly name: string
  readonly host: string
  readonly plan: RegionPlan
  readonly home: Schedule['home']
  replicaAt(time: number): ReplicaAnswer
  hasHost(time: number): boolean
  troubleAt(time: number): Trouble | undefined
  /** What the region answers for a manifest or blob. */
  partAt(repository: string, digest: string, time: number): 'there' | 'damaged' | 'missing'
  /** What a tag resolves to. */
  tagAt(reference: number, time: number): string | undefined
  /** Undefined: no webhook. */
  readonly events: readonly LoggedEvent[] | undefined
  /** All moments at which something changes, in order. */
  readonly changes: readonly number[]
}

export interface World {
  readonly schedule: Schedule
  readonly image: Image
  readonly references: readonly [Reference, ...Reference[]]
  readonly repositories: readonly string[]
  readonly regions: readonly RegionWorld[]
  readonly pushedAt: number
  armTroubleAt(time: number): Trouble | undefined
}

export const NO_DIGEST = 'no digest'

export function createWorld(schedule: Schedule): World {
  const image = IMAGES[schedule.image] ?? IMAGES[0]
  const [first, ...rest] = REFERENCES
  const references = [first, ...rest.slice(0, schedule.references - 1)] as const
  const repositories = [...new Set(references.map(({ repository }) => repository))]
  const ms = millisecondsOf(schedule)
  const shared = { image, repositories, references: references.length, ms }
  return {
    schedule,
    image,
    references,
    repositories,
    regions: schedule.regions.map((plan, nth) =>
      createRegion(plan, REGION_NAMES[nth] ?? '', nth === 0 ? schedule.home : 'none', shared),
    ),
    pushedAt: ms(schedule.pushedAt),
    armTroubleAt: time => lastOf(schedule.arm, ms, time)?.trouble,
  }
}

interface Shared {
  readonly image: Image
  readonly repositories: readonly string[]
  readonly references: number
  readonly ms: (at: number) => number
}

function createRegion(plan: RegionPlan, name: string, home: Schedule['home'], shared: Shared): RegionWorld {
  const { image, repositories, ms } = shared
  const parts = [...image.manifests.map(({ digest }) => digest), ...image.blobs]
  const partNumbers = new Map(
    repositories.flatMap((repository, nth) =>
      parts.map((digest, part) => [`${repository}@${digest}`, nth * parts.length + part] as const),
    ),
  )
  const arrivalOf = (part: number) => ms(plan.arrivals[part % plan.arrivals.length] ?? 0)
  const lossAt = (part: number, time: number) =>
    lastOf(
      plan.losses.filter(loss => loss.part % partNumbers.size === part),
      ms,
      time,
    )
  const child = image.manifests[1]?.digest ?? STRANGER_DIGEST

  return {
    name,
    host: `contoso.${name}.geo.azurecr.io`,
    plan,
    home,
    replicaAt: time =>
      lastOf(plan.replica, ms, time)?.answer ??
      (home === 'without replica' ? { trouble: 'gone' } : grown(plan, ms, time)),
    hasHost: time => ms(plan.hostAt) <= time,
    troubleAt: time => lastOf(plan.outages, ms, time)?.trouble,
    partAt(repository, digest, time) {
      const part = partNumbers.get(`${repository}@${digest}`)
      if (part === undefined) return 'missing'
      if (lastOf(plan.proxies, ms, time) !== undefined) return 'there'
      if (arrivalOf(part) > time) return 'missing'
      const loss = lossAt(part, time)
      if (loss === undefined) return 'there'
      return loss.damaged && part % parts.length < image.manifests.length ? 'damaged' : 'missing'
    },
    tagAt(reference, time) {
      const flip = lastOf(
        plan.flips.filter(one => one.reference % shared.references === reference),
        ms,
        time,
      )
      const target = flip?.to ?? (ms(plan.tagsAt) <= time ? 'ours' : plan.tagsBefore)
      return digestOf(target, image.digest, child)
    },
    events: plan.events?.map((event, nth) => ({
      ...event,
      id: `${name}-${nth}`,
      reference: event.reference % shared.references,
      digest: digestOf(event.of, image.digest, child) ?? '',
      listedAt: ms(event.at),
    })),
    changes: changesOf(plan, ms),
  }
}

/** A replica on its way up: no displayStatus while it is created. */
function grown({ readyAt }: RegionPlan, ms: (at: number) => number, time: number): ReplicaAnswer {
  if (time >= ms(readyAt)) return { provisioningState: 'Succeeded', displayStatus: 'Ready' }
  if (time >= ms(readyAt) / 2) return { provisioningState: 'Succeeded', displayStatus: 'Syncing' }
  return { provisioningState: 'Creating' }
}

function digestOf(target: TagTarget, ours: string, child: string): string | undefined {
  switch (target) {
    case 'ours':
      return ours
    case 'old':
      return OLD_DIGEST
    case 'child':
      return child
    case 'stranger':
      return STRANGER_DIGEST
    case 'no digest':
      return NO_DIGEST
    case 'nothing':
      return undefined
  }
}

function changesOf(plan: RegionPlan, ms: (at: number) => number): number[] {
  const spells: readonly Spell[] = [plan.replica, plan.losses, plan.flips, plan.proxies, plan.outages].flat()
  const moments = [plan.readyAt / 2, plan.readyAt, plan.hostAt, plan.tagsAt, ...plan.arrivals]
  return [
    ...moments.map(ms),
    ...(plan.events ?? []).map(({ at }) => ms(at)),
    ...spells.flatMap(({ at, forMs }) => [ms(at), ms(at) + forMs]),
  ]
    .filter(Number.isFinite)
    .sort((one, other) => one - other)
}

/** Thousandths of the timeout as milliseconds. */
function millisecondsOf({ timeoutMs }: Schedule) {
  return (at: number): number => (at * timeoutMs) / 1000
}

/** The last of the spells that are on at a time. */
function lastOf<S extends Spell>(spells: readonly S[], ms: (at: number) => number, time: number): S | undefined {
  return spells.findLast(({ at, forMs }) => ms(at) <= time && time < ms(at) + forMs)
}
