import { type Access, type Level } from '../entra/permissions.ts'
import { type Call } from '../http/call.ts'
import { type Provisioning } from '../geo/provisioning.ts'
import { type Registry } from '../geo/registry.ts'
import { type Scenario } from '../scenario.ts'
import { type Schedule } from '../schedule.ts'
import { armError, notFound } from './arm-error.ts'
import { type Operations } from './operations.ts'

/** A registry with what makes its replicas live. */
export interface Site {
  readonly registry: Registry
  readonly provisioning: Provisioning
}

export interface ArmContext {
  readonly scenario: Scenario
  readonly access: Access
  readonly sites: Site[]
  readonly operations: Operations
  readonly schedule: Schedule
  /** Names may have changed (regional endpoints switched on): make them resolve. */
  namesChanged(): void
}

/** One ARM request. */
export interface ArmCall extends Call {
  readonly version: string
}

/** Lets the caller do an action at a scope, or throws ARM's 403. */
export function authorize({ access, scenario }: ArmContext, action: string, scope: string, level: Level): void {
  if (access.mayAct(action, level)) return
  const { clientId, objectId } = scenario.identity
  throw armError(
    403,
    'AuthorizationFailed',
    `The client '${clientId}' with object id '${objectId}' does not have authorization to perform action '${action}' over scope '${scope}' or the scope is invalid. If access was recently granted, please refresh your credentials.`,
  )
}

/** The registry a path names; ARM's 404s where there is none. */
export function findSite(context: ArmContext, resourceGroup: string, name: string): Site {
  const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase()
  if (!context.sites.some(({ registry }) => same(registry.settings.resourceGroup, resourceGroup))) {
    throw armError(404, 'ResourceGroupNotFound', `Resource group '${resourceGroup}' could not be found.`)
  }
  const site = context.sites.find(
    ({ registry: { settings } }) => same(settings.resourceGroup, resourceGroup) && same(settings.name, name),
  )
  if (!site) throw notFound('Microsoft.ContainerRegistry/registries', name, resourceGroup)
  return site
}

/** Resource id of a registry. */
export function registryId({ scenario }: ArmContext, { settings }: Registry): string {
  const group = scenario.arm.oddCase ? 'resourcegroups' : 'resourceGroups'
  return `/subscriptions/${scenario.subscriptionId}/${group}/${settings.resourceGroup}/providers/Microsoft.ContainerRegistry/registries/${settings.name}`
}
