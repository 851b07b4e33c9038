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

/** List prices of the other SKUs, USD a month (0.167 and 0.667 a day). */
const USD_PER_SKU_MONTH: Readonly<Record<string, number>> = { basic: 5, standard: 20 }

/** What is asked for. */
export type Wanted = Pick<
  Inputs,
  | 'references'
  | 'regions'
  | 'image'
  | 'createReplicas'
  | 'upgradeToPremium'
  | 'pruneReplicas'
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
  /** Name of the replication resource: of the one that is there, or of the one to make. The home region has none before the first replica. */
  readonly replica: string
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
  /** The SKU it is upgraded from; undefined when it is Premium. */
  readonly upgradeFrom: string | undefined
  readonly enableRegionalEndpoints: boolean
  /** Names of replicas that are deleted once every region is ready. */
  readonly prune: readonly string[]
  /** Regions that get a webhook. */
  readonly webhooks: readonly string[]
  readonly monthly: {
    /** USD a month that this run adds; less than zero when it deletes more than it makes. */
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
  // One that tells no region is nobody's to delete.
  const others = replicas.filter(({ region }) => region !== registry.homeRegion && region !== '')
  const prune = wanted.pruneReplicas ? others.filter(({ region }) => !wanted.regions.includes(region)) : []
  const before = skuPrice(registry) + others.length * USD_PER_REPLICA_MONTH
  const after = (1 + others.length + created.length - prune.length) * USD_PER_REPLICA_MONTH
  return {
    plan: {
      registry: registry.name,
      loginServer: registry.loginServer,
      regions,
      references: wanted.references.map(reference => tagged(registry.loginServer, reference)),
      pushes: wanted.image.kind === 'push',
      pushRegion: wanted.pushEndpoint === 'global' ? undefined : wanted.pushEndpoint,
      upgradeFrom: isPremium(registry) ? undefined : registry.sku,
      enableRegionalEndpoints: wanted.enableRegionalEndpoints && actual.endpoints.state !== 'enabled',
      prune: prune.map(({ name }) => name),
      webhooks: wanted.webhookUri === undefined ? [] : wanted.regions.filter(region => !actual.notified.has(region)),
      monthly: { added: after - before, total: after },
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
    // One that is on its way out is as good as missing.
    action: home || (replica !== undefined && replica.state.kind !== 'deleting') ? 'keep' : 'create',
    replica: replica?.name ?? freeName(region, replicas),
    found,
    state: describeReplica(found),
  }
}

/** The region's name, or the first with a number that no replica has: names are free text, and a name keeps its region for good. */
function freeName(region: string, replicas: readonly Replica[]): string {
  const taken = new Set(replicas.map(({ name }) => name.toLowerCase()))
  let name = region
  for (let nth = 2; taken.has(name); nth += 1) name = `${region}${nth}`
  return name
}

/** Whether a registry is Premium, which geo-replication takes. */
export function isPremium({ sku }: Pick<Registry, 'sku'>): boolean {
  return sku.toLowerCase() === 'premium'
}

function skuPrice({ sku }: Registry): number {
  return USD_PER_SKU_MONTH[sku.toLowerCase()] ?? USD_PER_REPLICA_MONTH
}
