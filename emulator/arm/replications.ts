import { type Answer, empty, json } from '../http/answer.ts'
import { readJson } from '../http/call.ts'
import { newReplication, type Replication, setState } from '../geo/replication-record.ts'
import { timingOf } from '../timing.ts'
import { type ArmCall, type ArmContext, authorize, registryId, type Site } from './arm-context.ts'
import { armError, notFound } from './arm-error.ts'
import { asyncHeaders, locationHeaders } from './long-running.ts'
import { pageOf } from './paging.ts'
import { registryLocations, shortName } from './regions.ts'
import { azureTime } from './registries.ts'

const type = 'Microsoft.ContainerRegistry/registries/replications'

function idOf(context: ArmContext, site: Site, name: string): string {
  return `${registryId(context, site.registry)}/replications/${name}`
}

function body(
  context: ArmContext,
  site: Site,
  record: Replication,
  lies: Replication['listSays'] = {},
): Record<string, unknown> {
  const { scenario } = context
  const displayStatus = lies.displayStatus ?? record.displayStatus
  const application = record.createdByType === 'Application'
  const by = application ? '6a0ec4d3-30cb-4a83-91c0-ae56bc0e3d26' : scenario.identity.objectId
  return {
    type,
    id: idOf(context, site, record.name),
    name: record.name,
    location: record.location,
    tags: record.tags,
    systemData: {
      createdBy: by,
      createdByType: record.createdByType,
      createdAt: azureTime(record.createdAt),
      lastModifiedBy: by,
      lastModifiedByType: record.createdByType,
      lastModifiedAt: azureTime(record.createdAt),
    },
    properties: {
      provisioningState: lies.provisioningState ?? record.provisioningState,
      status: { ...(displayStatus === undefined ? {} : { displayStatus }), timestamp: azureTime(record.statusSince) },
      regionEndpointEnabled: record.routing,
      zoneRedundancy: record.zoneRedundancy,
    },
  }
}

function find(site: Site, name: string): Replication {
  const record = [...site.registry.replications.values()].find(other => other.name.toLowerCase() === name.toLowerCase())
  if (!record)
    throw notFound(
      'Microsoft.ContainerRegistry/registries',
      `${site.registry.settings.name}/replications/${name}`,
      site.registry.settings.resourceGroup,
    )
  return record
}

/** GET …/replications, in no particular order; may lie where the scenario says so. */
export function listReplications(context: ArmContext, call: ArmCall, site: Site): Answer {
  authorize(context, `${type}/read`, registryId(context, site.registry), 'registry')
  const records = [...site.registry.replications.values()].reverse()
  return pageOf(
    context,
    call,
    records.map(record => body(context, site, record, record.listSays)),
  )
}

/** GET …/replications/{name} */
export function getReplication(context: ArmContext, site: Site, name: string): Answer {
  authorize(context, `${type}/read`, idOf(context, site, name), 'registry')
  return json(200, body(context, site, find(site, name)))
}

interface ReplicationRequest {
  location?: string
  tags?: Record<string, string>
  properties?: { regionEndpointEnabled?: boolean; zoneRedundancy?: string }
}

/** PUT …/replications/{name}: 201 and an operation; 200 for one that is there; the home region is accepted and left as it is. */
export async function putReplication(context: ArmContext, call: ArmCall, site: Site, name: string): Promise<Answer> {
  const { registry } = site
  authorize(context, `${type}/write`, idOf(context, site, name), 'registry')
  const request = ((await readJson(call)) ?? {}) as ReplicationRequest
  const location = shortName(request.location ?? '')
  refuse(context, site, name, location)
  const there = registry.replications.get(location)
  if (location === registry.settings.home)
    return json(200, body(context, site, there ?? newReplication({ location, name })))
  if (there && there.name.toLowerCase() === name.toLowerCase()) return update(context, call, site, there, request)
  if (there)
    throw armError(
      409,
      'ReplicationAlreadyExists',
      `A replication in location '${location}' already exists: '${there.name}'.`,
    )
  const { record, progress } = site.provisioning.create({
    location,
    name,
    tags: request.tags ?? {},
    routing: request.properties?.regionEndpointEnabled ?? true,
    zoneRedundancy: request.properties?.zoneRedundancy ?? 'Disabled',
  })
  const operation = context.operations.start('replications', progress)
  const path = `${idOf(context, site, name)}/operationStatuses/${operation.id}`
  return json(201, body(context, site, record), asyncHeaders(context, call, path))
}

function refuse({ scenario }: ArmContext, { registry }: Site, name: string, location: string): void {
  if (!/^[a-zA-Z0-9]{5,50}$/.test(name)) {
    throw armError(
      400,
      'InvalidResourceName',
      `The replication name '${name}' is invalid: it must be 5 to 50 alphanumeric characters.`,
    )
  }
  if (location === '') throw armError(400, 'LocationRequired', 'The location property is required for this definition.')
  const offered = registryLocations(scenario.registry.suffix).map(shortName)
  if (!offered.includes(location)) {
    throw armError(
      400,
      'LocationNotAvailableForResourceType',
      `The provided location '${location}' is not available for resource type '${type}'. List of available regions for the resource type is '${offered.join(',')}'.`,
    )
  }
  if (registry.settings.sku !== 'Premium')
    throw armError(400, 'ReplicationNotSupported', 'Replications are only supported for registries in the Premium SKU.')
  const named = [...registry.replications.values()].find(record => record.name.toLowerCase() === name.toLowerCase())
  if (named && named.location !== location) {
    throw armError(
      409,
      'InvalidResourceLocation',
      `The resource '${name}' already exists in location '${named.location}'. A resource with the same name cannot be created in location '${location}'. Please select a new resource name.`,
    )
  }
  const plot = scenario.creations[location]?.refuse
  if (plot && !registry.replications.has(location)) throw armError(plot.status, plot.code, plot.message)
}

/** PATCH …/replications/{name}: tags at once, routing after the `update` time, Updating meanwhile. */
export async function patchReplication(context: ArmContext, call: ArmCall, site: Site, name: string): Promise<Answer> {
  authorize(context, `${type}/write`, idOf(context, site, name), 'registry')
  const request = ((await readJson(call)) ?? {}) as ReplicationRequest
  return update(context, call, site, find(site, name), request)
}

function update(
  context: ArmContext,
  call: ArmCall,
  site: Site,
  record: Replication,
  { tags, properties }: ReplicationRequest,
): Answer {
  if (tags) record.tags = tags
  const routing = properties?.regionEndpointEnabled
  if (routing === undefined || routing === record.routing) return json(200, body(context, site, record))
  const progress = { status: 'Updating' }
  setState(record, 'Updating', record.displayStatus)
  context.schedule.after(timingOf(context.scenario, record.location).update, () => {
    record.routing = routing
    setState(record, 'Succeeded', record.displayStatus)
    progress.status = 'Succeeded'
  })
  const operation = context.operations.start('replications', progress)
  return json(
    201,
    body(context, site, record),
    asyncHeaders(context, call, `${idOf(context, site, record.name)}/operationStatuses/${operation.id}`),
  )
}

/** DELETE …/replications/{name}: 202 and a Location at subscription scope; 204 for one that isn't there. */
export function deleteReplication(context: ArmContext, call: ArmCall, site: Site, name: string): Answer {
  const { registry, provisioning } = site
  authorize(context, `${type}/delete`, idOf(context, site, name), 'registry')
  const record = [...registry.replications.values()].find(other => other.name.toLowerCase() === name.toLowerCase())
  if (!record) return empty(204)
  if (record.location === registry.settings.home) {
    throw armError(409, 'HomeReplicationCannotBeDeleted', 'The home replication of a registry cannot be deleted.')
  }
  const operation = context.operations.start('replications', provisioning.remove(record))
  const { subscriptionId } = context.scenario
  const path = `/subscriptions/${subscriptionId}/providers/Microsoft.ContainerRegistry/locations/${record.location}/operationResults/${operation.id}`
  return empty(202, locationHeaders(context, call, path))
}
