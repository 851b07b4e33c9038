import { randomUUID } from 'node:crypto'
import { type Answer, empty, json } from '../http/answer.ts'
import { readJson } from '../http/call.ts'
import { type Webhook } from '../geo/webhook-record.ts'
import { sendEvent } from '../geo/webhook-sender.ts'
import { timingOf } from '../timing.ts'
import { type ArmCall, type ArmContext, authorize, registryId, type Site } from './arm-context.ts'
import { armError, notFound } from './arm-error.ts'
import { asyncHeaders, locationHeaders } from './long-running.ts'
import { pageOf } from './paging.ts'
import { shortName } from './regions.ts'

const type = 'Microsoft.ContainerRegistry/registries/webhooks'
const quota = { Basic: 2, Standard: 10, Premium: 500 }

function idOf(context: ArmContext, { registry }: Site, name: string): string {
  return `${registryId(context, registry)}/webhooks/${name}`
}

/** The address and headers of a webhook are never shown here, only by getCallbackConfig. */
function body(context: ArmContext, site: Site, webhook: Webhook): Record<string, unknown> {
  const { name, location, tags, status, scope, actions, provisioningState } = webhook
  return {
    id: idOf(context, site, name),
    type,
    name,
    location,
    tags,
    properties: { status, scope, actions, provisioningState },
  }
}

function find({ registry }: Site, name: string): Webhook {
  const webhook = [...registry.webhooks.values()].find(other => other.name.toLowerCase() === name.toLowerCase())
  if (!webhook)
    throw notFound(
      'Microsoft.ContainerRegistry/registries',
      `${registry.settings.name}/webhooks/${name}`,
      registry.settings.resourceGroup,
    )
  return webhook
}

export function listWebhooks(context: ArmContext, call: ArmCall, site: Site): Answer {
  authorize(context, `${type}/read`, registryId(context, site.registry), 'registry')
  return pageOf(
    context,
    call,
    [...site.registry.webhooks.values()].map(webhook => body(context, site, webhook)),
  )
}

export function getWebhook(context: ArmContext, site: Site, name: string): Answer {
  authorize(context, `${type}/read`, idOf(context, site, name), 'registry')
  return json(200, body(context, site, find(site, name)))
}

interface WebhookRequest {
  location?: string
  tags?: Record<string, string>
  properties?: {
    serviceUri?: string
    customHeaders?: Record<string, string>
    status?: string
    scope?: string
    actions?: string[]
  }
}

/** PUT …/webhooks/{name}: 201 and an operation. */
export async function putWebhook(context: ArmContext, call: ArmCall, site: Site, name: string): Promise<Answer> {
  const { registry } = site
  authorize(context, `${type}/write`, idOf(context, site, name), 'registry')
  const { location = '', tags = {}, properties = {} } = ((await readJson(call)) ?? {}) as WebhookRequest
  refuse(site, name, shortName(location), properties)
  const there = registry.webhooks.get(name.toLowerCase())
  if (there) return change(context, site, there, { tags, properties })
  const webhook: Webhook = {
    name,
    location: shortName(location),
    tags,
    serviceUri: properties.serviceUri ?? '',
    customHeaders: properties.customHeaders ?? {},
    status: properties.status ?? 'enabled',
    scope: properties.scope ?? '',
    actions: properties.actions ?? ['push'],
    provisioningState: 'Creating',
    events: [],
  }
  registry.webhooks.set(name.toLowerCase(), webhook)
  const progress = { status: 'Creating' }
  context.schedule.after(timingOf(context.scenario, webhook.location).update, () => {
    webhook.provisioningState = progress.status = 'Succeeded'
  })
  const operation = context.operations.start('webhooks', progress)
  return json(
    201,
    body(context, site, webhook),
    asyncHeaders(context, call, `${idOf(context, site, name)}/operationStatuses/${operation.id}`),
  )
}

function refuse({ registry }: Site, name: string, location: string, { serviceUri }: { serviceUri?: string }): void {
  const { settings, replications, webhooks } = registry
  if (!/^[a-zA-Z0-9]{5,50}$/.test(name))
    throw armError(
      400,
      'InvalidResourceName',
      `The webhook name '${name}' is invalid: it must be 5 to 50 alphanumeric characters.`,
    )
  if (!URL.canParse(serviceUri ?? ''))
    throw armError(400, 'InvalidServiceUri', 'The service URI of the webhook is invalid.')
  if (location !== settings.home && !replications.has(location)) {
    throw armError(
      400,
      'InvalidWebhookLocation',
      `The registry '${settings.name}' has no replication in location '${location}'.`,
    )
  }
  if (webhooks.has(name.toLowerCase())) return
  if (webhooks.size >= quota[settings.sku]) {
    throw armError(
      403,
      'QuotaExceeded',
      `The resource quota of resource type webhooks in registry ${settings.name} has been exceeded.`,
    )
  }
}

export async function patchWebhook(context: ArmContext, call: ArmCall, site: Site, name: string): Promise<Answer> {
  authorize(context, `${type}/write`, idOf(context, site, name), 'registry')
  const webhook = find(site, name)
  const request = ((await readJson(call)) ?? {}) as WebhookRequest
  return change(context, site, webhook, request)
}

function change(context: ArmContext, site: Site, webhook: Webhook, { tags, properties = {} }: WebhookRequest): Answer {
  webhook.tags = tags ?? webhook.tags
  webhook.serviceUri = properties.serviceUri ?? webhook.serviceUri
  webhook.customHeaders = properties.customHeaders ?? webhook.customHeaders
  webhook.status = properties.status ?? webhook.status
  webhook.scope = properties.scope ?? webhook.scope
  webhook.actions = properties.actions ?? webhook.actions
  return json(200, body(context, site, webhook))
}

export function deleteWebhook(context: ArmContext, call: ArmCall, site: Site, name: string): Answer {
  authorize(context, `${type}/delete`, idOf(context, site, name), 'registry')
  const webhook = site.registry.webhooks.get(name.toLowerCase())
  if (!webhook) return empty(204)
  site.registry.webhooks.delete(name.toLowerCase())
  const operation = context.operations.start('webhooks', { status: 'Succeeded' })
  const path = `/subscriptions/${context.scenario.subscriptionId}/providers/Microsoft.ContainerRegistry/locations/${webhook.location}/operationResults/${operation.id}`
  return empty(202, locationHeaders(context, call, path))
}

/** POST …/getCallbackConfig: the one place that tells the address. */
export function getCallbackConfig(context: ArmContext, site: Site, name: string): Answer {
  authorize(context, `${type}/getCallbackConfig/action`, idOf(context, site, name), 'registry')
  const { serviceUri, customHeaders } = find(site, name)
  return json(200, { serviceUri, customHeaders })
}

/** POST …/listEvents: newest first. Further pages are read with GET (x-ms-pageable of the REST specifications). */
export function listEvents(context: ArmContext, call: ArmCall, site: Site, name: string): Answer {
  authorize(context, `${type}/listEvents/action`, idOf(context, site, name), 'registry')
  return pageOf(context, call, find(site, name).events)
}

/** POST …/ping: an event of its own kind. */
export function ping(context: ArmContext, site: Site, name: string): Answer {
  authorize(context, `${type}/ping/action`, idOf(context, site, name), 'registry')
  const id = randomUUID()
  void sendEvent(find(site, name), { id, timestamp: new Date().toISOString(), action: 'ping' }, context.schedule)
  return json(200, { id })
}
