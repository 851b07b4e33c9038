import { type Registry as SdkRegistry } from '@azure/arm-containerregistry'
import { StepError, isKind } from '../base/errors.ts'
import { NOTHING_VISIBLE } from '../base/patience.ts'
import { type Arm } from './client.ts'
import { readPages } from './pages.ts'
import { normalizeRegion } from './regions.ts'
import { visibleSubscriptions } from './subscription.ts'
import { type RegistryId, parseRegistryId } from './resource-id.ts'

/** A registry as the step needs it. */
export interface Registry extends RegistryId {
  /** `Basic`, `Standard` or `Premium`, as ARM spells it. */
  readonly sku: string
  /** Short name of the region the registry was made in. */
  readonly homeRegion: string
  /** Lower case, as docker wants it; may carry a port. */
  readonly loginServer: string
  /** Repository permissions (ABAC) or registry permissions. */
  readonly roleAssignmentMode: 'abac' | 'rbac'
  /** Whether the registry takes tokens made for ARM. */
  readonly armTokensAllowed: boolean
}

/** Which registry to find: by name or by login server, in one resource group or anywhere in the subscription. */
export interface RegistryQuery {
  readonly name: string | undefined
  readonly loginServer: string | undefined
  readonly resourceGroup: string | undefined
}

/** `/resources` lists what the caller may read, so it needs no right on the whole subscription. */
const RESOURCES_API = '2021-04-01'
const REGISTRIES_API = '2025-11-01'
const REGISTRY_TYPE = 'Microsoft.ContainerRegistry/registries'

/**
 * Finds the registry. A name is unique per domain name label only, so two resource groups can hold one each.
 *
 * @throws StepError `not-found` (also when the login server belongs to none) or `invalid` when several match
 */
export async function findRegistry(arm: Arm, query: RegistryQuery): Promise<Registry> {
  const wanted = query.loginServer ?? query.name ?? ''
  const found = await candidates(arm, query)
  const [first, second] = found
  if (first === undefined) throw await notFound(arm, query, wanted)
  if (second !== undefined) {
    const groups = found.map(({ resourceGroup }) => resourceGroup).join(', ')
    throw new StepError(
      'invalid',
      `Several registries are called ${wanted} in subscription ${arm.subscriptionId}: in ${groups}`,
      {
        remedy: "Set 'resource-group' to the one that is meant.",
      },
    )
  }
  return first
}

async function candidates(arm: Arm, query: RegistryQuery): Promise<Registry[]> {
  const name = query.name ?? nameInHost(query.loginServer ?? '')
  const matches = (registry: Registry) =>
    query.loginServer === undefined
      ? registry.name.toLowerCase() === name.toLowerCase()
      : registry.loginServer === query.loginServer
  const named =
    query.resourceGroup === undefined
      ? await readNamed(arm, name)
      : await readOne(arm, { subscriptionId: arm.subscriptionId, resourceGroup: query.resourceGroup, name })
  const byName = named.filter(matches)
  if (byName.length > 0 || query.loginServer === undefined) return byName
  // The host's label need not be the registry's name: only the registries themselves tell their login servers.
  const serves = ({ properties }: Listed) => properties?.loginServer?.toLowerCase() === query.loginServer
  return readListed(arm, serves, query.resourceGroup)
}

/** The likely name of the registry behind a host: names have no dash, a domain name label adds `-hash` to them. */
export function nameInHost(host: string): string {
  return host.split(/[.:-]/, 1)[0] ?? ''
}

/** Names come from people: one that cannot be a registry's finds nothing instead of making a bad request. */
function isName(text: string): boolean {
  return /^[a-z0-9]{5,50}$/i.test(text)
}

async function readNamed(arm: Arm, name: string): Promise<Registry[]> {
  if (!isName(name)) return []
  const isNamed = ({ id = '' }: Listed) => parseRegistryId(id).name.toLowerCase() === name.toLowerCase()
  const filter = encodeURIComponent(`resourceType eq '${REGISTRY_TYPE}'`)
  const url = arm.url(`/subscriptions/${arm.subscriptionId}/resources?$filter=${filter}`, RESOURCES_API)
  try {
    const resources = (await readPages(arm, `List registries of subscription ${arm.subscriptionId}`, url)) as Listed[]
    const isRegistry = ({ type = REGISTRY_TYPE }: Listed) => type.toLowerCase() === REGISTRY_TYPE.toLowerCase()
    return await readEach(arm, resources.filter(isRegistry).filter(isNamed))
  } catch (error) {
    // Not every cloud lists resources of all kinds.
    if (isKind(error, 'invalid', 'not-found') && error.status !== undefined && error.code !== 'SubscriptionNotFound') {
      return readListed(arm, isNamed, undefined)
    }
    throw error
  }
}

interface Listed {
  readonly id?: string
  readonly type?: string
  readonly properties?: { readonly loginServer?: string }
}

async function readOne(arm: Arm, { resourceGroup, name }: RegistryId): Promise<Registry[]> {
  if (!isName(name)) return []
  try {
    return [
      toRegistry(
        await arm.call(`Read registry ${name}`, options => arm.sdk.registries.get(resourceGroup, name, options)),
      ),
    ]
  } catch (error) {
    if (isKind(error, 'not-found') && error.code !== 'SubscriptionNotFound') return []
    throw error
  }
}

/** Those of the registries the identity can list that are wanted. */
async function readListed(
  arm: Arm,
  isWanted: (listed: Listed) => boolean,
  resourceGroup: string | undefined,
): Promise<Registry[]> {
  const group = resourceGroup === undefined ? '' : `/resourceGroups/${encodeURIComponent(resourceGroup)}`
  const url = arm.url(`/subscriptions/${arm.subscriptionId}${group}/providers/${REGISTRY_TYPE}`, REGISTRIES_API)
  const listed = (await readPages(arm, `List registries of subscription ${arm.subscriptionId}`, url)) as Listed[]
  return readEach(arm, listed.filter(isWanted))
}

async function readEach(arm: Arm, listed: readonly Listed[]): Promise<Registry[]> {
  return (await Promise.all(listed.map(({ id = '' }) => readOne(arm, parseRegistryId(id))))).flat()
}

/** What the step needs of the SDK's registry. */
export function toRegistry(registry: SdkRegistry): Registry {
  const id = parseRegistryId(registry.id ?? '')
  if (registry.loginServer === undefined || registry.loginServer === '') {
    throw new StepError(
      'conflict',
      `Registry ${id.name} has no login server yet (it is ${registry.provisioningState ?? 'being created'})`,
      {
        remedy: 'Wait until the registry is created.',
      },
    )
  }
  return Object.freeze({
    ...id,
    sku: registry.sku?.name ?? 'unknown',
    homeRegion: normalizeRegion(registry.location),
    loginServer: registry.loginServer.toLowerCase(),
    roleAssignmentMode: registry.roleAssignmentMode === 'AbacRepositoryPermissions' ? 'abac' : 'rbac',
    armTokensAllowed: registry.policies?.azureADAuthenticationAsArmPolicy?.status !== 'disabled',
  })
}

async function notFound(arm: Arm, { resourceGroup, loginServer }: RegistryQuery, wanted: string): Promise<StepError> {
  const where = resourceGroup === undefined ? '' : ` in resource group ${resourceGroup}`
  const what = loginServer === undefined ? `Registry ${wanted}` : `A registry with the login server ${wanted}`
  const visible = await visibleSubscriptions(arm).catch(() => undefined)
  const isThis = ({ id }: { id: string }) => id.toLowerCase() === arm.subscriptionId.toLowerCase()
  const others = (visible ?? []).filter(subscription => !isThis(subscription))
  return new StepError('not-found', `${what} was not found${where} in subscription ${arm.subscriptionId}`, {
    // ARM leaves out what the identity has no role on: a subscription is listed where it has any (learn.microsoft.com, "Subscriptions - List").
    ...(visible === undefined || visible.some(isThis) ? {} : { code: NOTHING_VISIBLE }),
    remedy:
      `Check the name${resourceGroup === undefined ? '' : ", 'resource-group'"} and 'subscription-id'` +
      (others.length === 0
        ? ''
        : ` (the identity also sees ${others.map(({ id, name }) => `${name}, ${id}`).join('; ')})`) +
      ', and that the identity of this job may read the registry (Microsoft.ContainerRegistry/registries/read).',
  })
}
