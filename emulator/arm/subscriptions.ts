import { type Answer, json } from '../http/answer.ts'
import { type ArmCall, type ArmContext, authorize, registryId } from './arm-context.ts'
import { registryVersions } from './api-version.ts'
import { pageOf } from './paging.ts'
import { locationsBody, registryLocations } from './regions.ts'

function subscriptionBody({ scenario }: ArmContext): Record<string, unknown> {
  const { subscriptionId, tenantId } = scenario
  return {
    id: `/subscriptions/${subscriptionId}`,
    authorizationSource: 'RoleBased',
    managedByTenants: [],
    subscriptionId,
    tenantId,
    displayName: 'Contoso',
    state: 'Enabled',
    subscriptionPolicies: {
      locationPlacementId: 'Public_2014-09-01',
      quotaId: 'EnterpriseAgreement_2014-09-01',
      spendingLimit: 'Off',
    },
  }
}

/** GET /subscriptions: what the caller can see. */
export function listSubscriptions(context: ArmContext): Answer {
  return json(200, { value: [subscriptionBody(context)], count: { type: 'Total', value: 1 } })
}

/** GET /tenants */
export function listTenants({ scenario }: ArmContext): Answer {
  return json(200, {
    value: [
      {
        id: `/tenants/${scenario.tenantId}`,
        tenantId: scenario.tenantId,
        displayName: 'Contoso',
        defaultDomain: 'contoso.onmicrosoft.com',
      },
    ],
  })
}

/** GET /subscriptions/{id} */
export function getSubscription(context: ArmContext): Answer {
  return json(200, subscriptionBody(context))
}

/** GET /subscriptions/{id}/locations */
export function listLocations(context: ArmContext): Answer {
  const { subscriptionId, registry } = context.scenario
  authorize(
    context,
    'Microsoft.Resources/subscriptions/locations/read',
    `/subscriptions/${subscriptionId}`,
    'subscription',
  )
  return json(200, locationsBody(subscriptionId, registry.suffix))
}

/** GET /subscriptions/{id}/providers/Microsoft.ContainerRegistry: where each type is offered, by display name. */
export function getProvider(context: ArmContext): Answer {
  const { subscriptionId, arm, registry } = context.scenario
  authorize(
    context,
    'Microsoft.Resources/subscriptions/providers/read',
    `/subscriptions/${subscriptionId}`,
    'subscription',
  )
  const type = (resourceType: string) => ({
    resourceType,
    locations: registryLocations(registry.suffix),
    apiVersions: [...registryVersions].reverse(),
    capabilities: 'CrossResourceGroupResourceMove, CrossSubscriptionResourceMove, SystemAssignedResourceIdentity',
  })
  return json(200, {
    id: `/subscriptions/${subscriptionId}/providers/Microsoft.ContainerRegistry`,
    namespace: 'Microsoft.ContainerRegistry',
    authorizations: [
      {
        applicationId: '6a0ec4d3-30cb-4a83-91c0-ae56bc0e3d26',
        roleDefinitionId: '78e18383-93eb-418a-9887-bc9271046576',
      },
    ],
    resourceTypes: [
      'registries',
      'registries/replications',
      'registries/webhooks',
      'checkNameAvailability',
      'locations',
      'operations',
    ].map(type),
    registrationState: arm.registered ? 'Registered' : 'NotRegistered',
    registrationPolicy: 'RegistrationRequired',
  })
}

/** GET /subscriptions/{id}/resources?$filter=resourceType eq '…': what the caller may read of it, as ARM filters. */
export function listResources(context: ArmContext, call: ArmCall): Answer {
  const filter = call.url.searchParams.get('$filter') ?? ''
  const type = /resourceType eq '([^']+)'/i.exec(filter)?.[1]
  const name = /\bname eq '([^']+)'/i.exec(filter)?.[1]
  const registries = context.access.mayAct('Microsoft.ContainerRegistry/registries/read', 'registry')
    ? context.sites
    : []
  const value = registries
    .filter(() => type === undefined || type.toLowerCase() === 'microsoft.containerregistry/registries')
    .filter(({ registry }) => name === undefined || registry.settings.name.toLowerCase() === name.toLowerCase())
    .map(({ registry }) => ({
      id: registryId(context, registry),
      name: registry.settings.name,
      type: 'Microsoft.ContainerRegistry/registries',
      location: registry.settings.home,
      sku: { name: registry.settings.sku, tier: registry.settings.sku },
      tags: registry.settings.tags,
    }))
  return pageOf(context, call, value)
}

/** GET /subscriptions/{id}/resourceGroups */
export function listGroups(context: ArmContext, call: ArmCall): Answer {
  const { subscriptionId } = context.scenario
  const names = [...new Map(context.sites.map(({ registry: { settings } }) => [settings.resourceGroup, settings.home]))]
  const value = names.map(([name, location]) => ({
    id: `/subscriptions/${subscriptionId}/resourceGroups/${name}`,
    name,
    type: 'Microsoft.Resources/resourceGroups',
    location,
    properties: { provisioningState: 'Succeeded' },
  }))
  return pageOf(context, call, value)
}
