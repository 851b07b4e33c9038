import { type Answer } from '../http/answer.ts'
import { checkRegistryVersion, knowsRegionalEndpoints, registryVersions } from './api-version.ts'
import { type ArmCall, type ArmContext, authorize, findSite, type Site } from './arm-context.ts'
import { armError } from './arm-error.ts'
import { pollResult, pollStatus } from './long-running.ts'
import { checkName, getRegistry, listRegistries, listUsages, patchRegistry } from './registries.ts'
import { registryLocations } from './regions.ts'
import {
  deleteReplication,
  getReplication,
  listReplications,
  patchReplication,
  putReplication,
} from './replications.ts'
import {
  getProvider,
  getSubscription,
  listGroups,
  listLocations,
  listResources,
  listSubscriptions,
  listTenants,
} from './subscriptions.ts'
import {
  deleteWebhook,
  getCallbackConfig,
  getWebhook,
  listEvents,
  listWebhooks,
  patchWebhook,
  ping,
  putWebhook,
} from './webhooks.ts'

/** The parts of a path, without empty ones. */
type Path = string[]

/** Finds who answers; undefined = nobody serves this path and method. */
export function routeArm(context: ArmContext, call: ArmCall): Answer | Promise<Answer> | undefined {
  const path = call.url.pathname.split('/').filter(part => part !== '')
  const [first, subscription, ...rest] = path
  if (call.method === 'GET' && path.length === 1 && is(first, 'tenants')) return listTenants(context)
  if (!is(first, 'subscriptions')) return undefined
  if (subscription === undefined) return listSubscriptions(context)
  if (subscription.toLowerCase() !== context.scenario.subscriptionId) {
    throw armError(404, 'SubscriptionNotFound', `The subscription '${subscription}' could not be found.`)
  }
  return inSubscription(context, call, rest)
}

function inSubscription(context: ArmContext, call: ArmCall, path: Path): Answer | Promise<Answer> | undefined {
  const [kind, second, third, fourth, fifth, sixth] = path
  if (is(kind, 'resourceGroups') && path.length > 1) return inGroup(context, call, second ?? '', path.slice(2))
  if (is(kind, 'providers') && is(second, 'Microsoft.ContainerRegistry') && third !== undefined) {
    checkVersion(context, call, third)
    if (is(third, 'registries') && call.method === 'GET' && fourth === undefined) return listRegistries(context, call)
    if (is(third, 'checkNameAvailability') && call.method === 'POST') return checkName(context, call)
    if (is(third, 'locations') && is(fifth, 'operationResults') && call.method === 'GET') {
      const action = 'Microsoft.ContainerRegistry/locations/operationResults/read'
      authorize(context, action, `/subscriptions/${context.scenario.subscriptionId}`, 'subscription')
      return pollResult(context, call, sixth ?? '')
    }
    return undefined
  }
  if (call.method !== 'GET') return undefined
  if (kind === undefined) return getSubscription(context)
  if (is(kind, 'locations')) return listLocations(context)
  if (is(kind, 'resources')) return listResources(context, call)
  if (is(kind, 'resourceGroups')) return listGroups(context, call)
  return is(kind, 'providers') && is(second, 'Microsoft.ContainerRegistry') ? getProvider(context) : undefined
}

function inGroup(context: ArmContext, call: ArmCall, group: string, path: Path): Answer | Promise<Answer> | undefined {
  const [providers, namespace, registries, name, kind, child, part, id] = path
  if (!is(providers, 'providers') || !is(namespace, 'Microsoft.ContainerRegistry') || !is(registries, 'registries'))
    return undefined
  const isChild = is(kind, 'replications') || is(kind, 'webhooks')
  checkVersion(context, call, isChild ? `registries/${kind}` : 'registries')
  if (name === undefined) return call.method === 'GET' ? listRegistries(context, call, group) : undefined
  const site = findSite(context, group, name)
  if (kind === undefined) return onRegistry(context, call, site)
  if (is(kind, 'listUsages') && call.method === 'GET') return listUsages(context, site)
  if (is(kind, 'operationStatuses') && call.method === 'GET')
    return pollChecked(context, call, 'registries', child ?? '')
  if (!isChild) return undefined
  if (is(part, 'operationStatuses') && call.method === 'GET')
    return pollChecked(context, call, `registries/${kind}`, id ?? '')
  return is(kind, 'replications')
    ? onReplications(context, call, site, child)
    : onWebhooks(context, call, site, child, part)
}

function onRegistry(context: ArmContext, call: ArmCall, site: Site): Answer | Promise<Answer> | undefined {
  switch (call.method) {
    case 'GET':
      return getRegistry(context, call, site)
    case 'PATCH':
      return patchRegistry(context, call, site)
    default:
      return undefined
  }
}

function onReplications(
  context: ArmContext,
  call: ArmCall,
  site: Site,
  name: string | undefined,
): Answer | Promise<Answer> | undefined {
  if (name === undefined) return call.method === 'GET' ? listReplications(context, call, site) : undefined
  switch (call.method) {
    case 'GET':
      return getReplication(context, site, name)
    case 'PUT':
      return putReplication(context, call, site, name)
    case 'PATCH':
      return patchReplication(context, call, site, name)
    case 'DELETE':
      return deleteReplication(context, call, site, name)
    default:
      return undefined
  }
}

function onWebhooks(
  context: ArmContext,
  call: ArmCall,
  site: Site,
  name: string | undefined,
  action: string | undefined,
): Answer | Promise<Answer> | undefined {
  if (name === undefined) return call.method === 'GET' ? listWebhooks(context, call, site) : undefined
  switch (`${call.method} ${action?.toLowerCase() ?? ''}`.trim()) {
    case 'GET':
      return getWebhook(context, site, name)
    case 'PUT':
      return putWebhook(context, call, site, name)
    case 'PATCH':
      return patchWebhook(context, call, site, name)
    case 'DELETE':
      return deleteWebhook(context, call, site, name)
    case 'POST getcallbackconfig':
      return getCallbackConfig(context, site, name)
    case 'POST listevents':
    case 'GET listevents': {
      const isFirstPage = !call.url.searchParams.has('$skiptoken')
      if ((call.method === 'POST') !== isFirstPage)
        throw armError(405, 'MethodNotAllowed', `The method ${call.method} is not allowed for this page.`)
      return listEvents(context, call, site, name)
    }
    case 'POST ping':
      return ping(context, site, name)
    default:
      return undefined
  }
}

function pollChecked(context: ArmContext, call: ArmCall, type: string, id: string): Answer {
  const action = `Microsoft.ContainerRegistry/${type}/operationStatuses/read`
  authorize(context, action, call.url.pathname.replace(/\/operationStatuses\/.*/, ''), 'registry')
  return pollStatus(context, call, id)
}

function checkVersion({ scenario }: ArmContext, call: ArmCall, type: string): void {
  if (!scenario.arm.registered && call.method !== 'GET') {
    const message =
      "The subscription is not registered to use namespace 'Microsoft.ContainerRegistry'. See https://aka.ms/rps-not-found for how to register subscriptions."
    throw armError(409, 'MissingSubscriptionRegistration', message)
  }
  const unknown = scenario.registry.regionalEndpoints === 'Unknown'
  checkRegistryVersion(
    call.version,
    type,
    registryLocations(scenario.registry.suffix),
    unknown ? registryVersions.filter(version => !knowsRegionalEndpoints(version)) : registryVersions,
  )
}

/** ARM's paths ignore case. */
function is(part: string | undefined, name: string): boolean {
  return part?.toLowerCase() === name.toLowerCase()
}
