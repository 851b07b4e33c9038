import { type Replication } from '@azure/arm-containerregistry'
import { isKind, messageOf } from '../base/errors.ts'
import { type Arm, type CallOptions } from './client.ts'
import { readPages } from './pages.ts'
import { normalizeRegion } from './regions.ts'
import { type Registry } from './registry.ts'
import { registryPath } from './resource-id.ts'

/**
 * What ARM says of a replica. `provisioningState` and `status` are Azure's words (status: `displayStatus`), empty where it gives none:
 * while a replica is created there is no displayStatus at all.
 */
export type ReplicaState =
  /** Succeeded and Ready: only both together count. */
  | { readonly kind: 'ready'; readonly provisioningState: string; readonly status: string }
  /** Being created, syncing, or in a state this release does not know. */
  | { readonly kind: 'pending'; readonly provisioningState: string; readonly status: string; readonly message: string }
  /** Does not heal: has to be deleted and created again (Azure/ARO-HCP#2366). */
  | { readonly kind: 'failed'; readonly provisioningState: string; readonly status: string; readonly message: string }
  /** On its way out. */
  | { readonly kind: 'deleting'; readonly provisioningState: string; readonly status: string }
  /** ARM has no such replica. */
  | { readonly kind: 'absent' }
  /** The home region before the first replica: it serves without a replication resource of its own. */
  | { readonly kind: 'home' }

const REPLICATIONS_API = '2025-11-01'

/** A replica as found: its name is free text, so its location is what identifies it. */
export interface Replica {
  readonly name: string
  /** Short name. */
  readonly region: string
  readonly state: ReplicaState
}

/** Classifies what a GET of a replication said. Unknown words are never taken for ready. */
export function replicaState({
  provisioningState = '',
  status,
}: Pick<Replication, 'provisioningState' | 'status'>): ReplicaState {
  const words = { provisioningState, status: status?.displayStatus ?? '' }
  const message = status?.message ?? ''
  switch (provisioningState.toLowerCase()) {
    case 'succeeded':
      return words.status.toLowerCase() === 'ready'
        ? { kind: 'ready', ...words }
        : { kind: 'pending', ...words, message }
    case 'failed':
    case 'canceled':
      return { kind: 'failed', ...words, message }
    case 'deleting':
      return { kind: 'deleting', ...words }
    default:
      return { kind: 'pending', ...words, message }
  }
}

/** A replica's state as people read it: `Succeeded, Ready`. */
export function describeReplica(state: ReplicaState): string {
  switch (state.kind) {
    case 'absent':
      return 'missing'
    case 'home':
      return 'home region'
    case 'ready':
    case 'pending':
    case 'failed':
    case 'deleting':
      return [state.provisioningState, state.status].filter(word => word !== '').join(', ') || 'no state'
  }
}

/** The replicas of a registry. The list can lie, so it gives the names and each replica is read by name (Azure/ARO-HCP#2585). */
export async function readReplicas(arm: Arm, registry: Registry): Promise<Replica[]> {
  const url = arm.url(`${registryPath(registry)}/replications`, REPLICATIONS_API)
  const listed = (await readPages(arm, `List replicas of ${registry.name}`, url)) as {
    name?: string
    location?: string
  }[]
  const replicas = await Promise.all(
    listed.map(async ({ name: listedName = '', location: listedLocation = '' }) => {
      const name = plainName(listedName)
      const found = await getReplication(arm, registry, name)
      // One that went between the list and the GET is gone.
      if (found === undefined) return []
      return [{ name, region: normalizeRegion(found.location || listedLocation), state: replicaState(found) }]
    }),
  )
  return replicas.flat()
}

/**
 * Reads one replica by name. One of that name in another region is not the one that is meant.
 *
 * @param region short name; undefined for whatever region it is in
 * @param attempts 1 where the caller's own loop is the retry
 */
export async function readReplica(
  arm: Arm,
  registry: Registry,
  name: string,
  region: string | undefined,
  attempts?: number,
): Promise<ReplicaState> {
  const found = await getReplication(arm, registry, name, attempts)
  if (found === undefined) return { kind: 'absent' }
  const isElsewhere = region !== undefined && Boolean(found.location) && normalizeRegion(found.location) !== region
  return isElsewhere ? { kind: 'absent' } : replicaState(found)
}

async function getReplication(
  arm: Arm,
  registry: Registry,
  name: string,
  attempts?: number,
): Promise<Replication | undefined> {
  try {
    const get = (options: CallOptions) => arm.sdk.replications.get(registry.resourceGroup, registry.name, name, options)
    return await arm.call(`Read replica ${name} of ${registry.name}`, get, attempts)
  } catch (error) {
    if (isKind(error, 'not-found')) return undefined
    throw error
  }
}

/** A create that ARM has accepted. */
export interface RequestedReplica {
  readonly name: string
  readonly region: string
  /** What the create operation says went wrong, if it does: the replica itself never tells. Undefined when it says nothing. */
  whyFailed(): Promise<string | undefined>
}

/**
 * Requests a replica and returns as soon as ARM has accepted it. Whether it becomes Ready is for GETs of the replica to tell:
 * the operation can succeed while the replica is still Syncing, and fail to be read while the replica lives.
 * An existing replica of that name in that region is left as it is by the service (PUT is idempotent).
 */
export async function requestReplica(
  arm: Arm,
  registry: Registry,
  { name, region }: Pick<Replica, 'name' | 'region'>,
  routing: boolean,
): Promise<RequestedReplica> {
  // ARM's name for taking part in the routing of the login server; true is what the service assumes.
  const body = { location: region, ...(routing ? {} : { regionEndpointEnabled: false }) }
  // In an object of its own: a poller is thenable, and returned bare it would be awaited to the end of the operation.
  const { operation } = await arm.call(`Create replica ${region} of ${registry.name}`, async options => {
    const operation = arm.sdk.replications.create(registry.resourceGroup, registry.name, name, body, options)
    await operation.submitted()
    return { operation }
  })
  return {
    name,
    region,
    async whyFailed() {
      try {
        await operation.poll()
        return undefined
      } catch (error) {
        const text = messageOf(error)
        const reason = /The long-running operation has failed\.?\s*(.*)$/s.exec(text)?.[1]
        return reason === undefined || reason === '' ? undefined : reason
      }
    },
  }
}

/** Lists of nested resources give `registry/replication` as the name. */
function plainName(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1)
}

/** Requests the deletion of a replica. One that is not there is deleted. */
export async function deleteReplica(arm: Arm, registry: Registry, name: string): Promise<void> {
  const what = `Delete replica ${name} of ${registry.name}`
  await arm.whileBusy(what, () =>
    arm.call(what, async options => {
      const poller = arm.sdk.replications.delete(registry.resourceGroup, registry.name, name, options)
      await poller.submitted()
    }),
  )
}
