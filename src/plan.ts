import { type RegionalEndpoints } from './azure/regional-endpoints.ts'
import { type Registry } from './azure/registry.ts'
import { type Replica, type ReplicaState, describeReplica } from './azure/replications.ts'
import { type OfferedRegions, displayNameOf } from './azure/regions.ts'
import { type StepError } from './base/errors.ts'
import { type Inputs } from './inputs.ts'
import { findRefusals } from './refusals.ts'
import { tagged } from './registry/reference.ts'

/**
 * List price of one Premium registry unit, and the same again per replica: USD 1.667 a day (Azure retail prices, 2026-10, East US 2),
 * times 30. Storage above 500 GB and traffic between regions come on top.
 */
export const USD_PER_REPLICA_MONTH = 50

/** What is asked for. */
export type Wanted = Pick<
  Inputs,
  | 'references'
  | 'regions'
  | 'image'
  | 'createReplicas'
  | 'enableRegionalEndpoints'
  | 'pushEndpoint'
  | 'webhookUri'
  | 'waitFor'
>

/** What is there. */
export interface Actual {
  readonly registry: Registry
  readonly replicas: readonly Replica[]
  readonly offered: OfferedRegions
  readonly endpoints: RegionalEndpoints
  /** Regions where an enabled webhook hears of every push of these references. */
  readonly listening: ReadonlyMap<string, string>
  /** Regions where an enabled webhook calls `webhook-uri` already. */
  readonly notified: ReadonlySet<string>
}

export interface PlannedRegion {
  readonly region: string
  readonly displayName: string
  readonly home: boolean
  readonly action: 'keep' | 'create'
  /** Name of the replication resource; the home region has none before the first replica. */
  readonly replica: string | undefined
  /** State of the replica before the run. */
  readonly found: ReplicaState
  /** The same in words. */
  readonly state: string
}

/** What a run will do. */
export interface Plan {
  readonly registry: string
  readonly loginServer: string
  readonly regions: readonly PlannedRegion[]
  /** Full references, the primary first. */
  readonly references: readonly string[]
  /** Whether they are pushed, or only waited for. */
  readonly pushes: boolean
  /** Region whose regional endpoint takes the push; undefined for the login server. */
  readonly pushRegion: string | undefined
  readonly enableRegionalEndpoints: boolean
  /** Regions that get a webhook. */
  readonly webhooks: readonly string[]
  readonly monthly: {
    /** USD a month that this run adds. */
    readonly added: number
    /** USD a month of the registry and all its replicas after this run. */
    readonly total: number
  }
}

/**
 * Compares what is wanted with what is there. Pure.
 *
 * @returns the plan, or every reason why there is none
 */
export function makePlan(wanted: Wanted, actual: Actual): { plan: Plan; refusals: readonly StepError[] } {
  const { registry, replicas } = actual
  const regions = wanted.regions.map(region => planRegion(region, actual))
  const created = regions.filter(({ action }) => action === 'create')
  const units = 1 + replicas.filter(({ region }) => region !== registry.homeRegion).length + created.length
  return {
    plan: {
      registry: registry.name,
      loginServer: registry.loginServer,
      regions,
      references: wanted.references.map(reference => tagged(registry.loginServer, reference)),
      pushes: wanted.image.kind === 'push',
      pushRegion: wanted.pushEndpoint === 'global' ? undefined : wanted.pushEndpoint,
      enableRegionalEndpoints: wanted.enableRegionalEndpoints && actual.endpoints.state !== 'enabled',
      webhooks: wanted.webhookUri === undefined ? [] : wanted.regions.filter(region => !actual.notified.has(region)),
      monthly: { added: created.length * USD_PER_REPLICA_MONTH, total: units * USD_PER_REPLICA_MONTH },
    },
    refusals: findRefusals(wanted, actual, regions),
  }
}

function planRegion(region: string, { registry, replicas, offered }: Actual): PlannedRegion {
  const home = region === registry.homeRegion
  const replica = replicas.find(candidate => candidate.region === region)
  const found = replica?.state ?? (home ? { kind: 'home' as const } : { kind: 'absent' as const })
  return {
    region,
    displayName: displayNameOf(region, offered),
    home,
    action: home || replica !== undefined ? 'keep' : 'create',
    replica: replica?.name,
    found,
    state: describeReplica(found),
  }
}
