import { isRegion } from './arm/regions.ts'
import { builtInRoles } from './entra/roles.ts'

/** What a value in a scenario may look like. */
export type Shape =
  | 'string'
  | 'number'
  | 'boolean'
  | 'anything'
  /** A regular expression. */
  | 'pattern'
  /** Short name of one of Azure's regions. */
  | 'region'
  /** A region, or `login` for the login server. */
  | 'host'
  /** Labels with dots between, lower case. */
  | 'domain'
  | { oneOf: readonly string[] }
  | { listOf: Shape }
  /** Any keys, or such as `keys` allows. */
  | { mapOf: Shape; keys?: (key: string) => boolean }
  | { fields: Record<string, Shape> }

const fields = (given: Record<string, Shape>): Shape => ({ fields: given })
const listOf = (item: Shape): Shape => ({ listOf: item })
const mapOf = (item: Shape): Shape => ({ mapOf: item })
const byRegion = (item: Shape, also?: string): Shape => ({ mapOf: item, keys: key => isRegion(key) || key === also })
const oneOf = (...values: string[]): Shape => ({ oneOf: values })
const strings = listOf('string')

const state = fields({ provisioningState: 'string', displayStatus: 'string' })

const registry = fields({
  name: 'string',
  resourceGroup: 'string',
  home: 'region',
  sku: oneOf('Basic', 'Standard', 'Premium'),
  label: 'domain',
  suffix: 'domain',
  regionalEndpoints: oneOf('Enabled', 'Disabled', 'Unknown', 'Absent'),
  roleAssignmentMode: oneOf('LegacyRegistryPermissions', 'AbacRepositoryPermissions'),
  armAudience: oneOf('enabled', 'disabled'),
  trustPolicy: oneOf('enabled', 'disabled'),
  publicNetworkAccess: oneOf('Enabled', 'Disabled'),
  redirectBlobs: 'boolean',
  limits: fields({ manifest: 'number', blob: 'number' }),
  tags: mapOf('string'),
})

const timing = fields({
  create: 'number',
  sync: 'number',
  home: 'number',
  blobs: 'number',
  manifests: 'number',
  children: 'number',
  tags: 'number',
  events: 'number',
  update: 'number',
  delete: 'number',
  recreate: 'number',
})

const creation = fields({
  replica: oneOf('succeeds', 'fails', 'vanishes', 'stuck'),
  operation: oneOf('succeeds', 'fails', 'stuck'),
  error: fields({ code: 'string', message: 'string' }),
  displayStatus: 'string',
  listSays: state,
  refuse: fields({ status: 'number', code: 'string', message: 'string' }),
})

const fault = fields({
  match: fields({
    service: oneOf('entra', 'arm', 'registry', 'github'),
    method: 'string',
    host: 'pattern',
    path: 'pattern',
    region: 'region',
  }),
  skip: 'number',
  count: 'number',
  every: 'number',
  probability: 'number',
  action: fields({
    after: 'boolean',
    stall: 'number',
    hang: 'boolean',
    reset: 'boolean',
    close: 'boolean',
    truncate: 'boolean',
    endless: 'boolean',
    status: 'number',
    headers: 'anything',
    body: 'anything',
  }),
})

const role = fields({
  role: oneOf(...Object.keys(builtInRoles)),
  actions: strings,
  notActions: strings,
  dataActions: strings,
  scope: oneOf('subscription', 'resourceGroup', 'registry'),
  repositories: strings,
  after: 'number',
})

const identity = fields({
  clientId: 'string',
  clientSecret: 'string',
  certificate: 'string',
  objectId: 'string',
  federated: listOf(fields({ issuer: 'string', subject: 'string', audience: 'string' })),
  roles: listOf(role),
  lifetimes: fields({ entra: 'number', refresh: 'number', access: 'number', github: 'number' }),
  blocked: 'boolean',
})

const parts: Record<string, Shape> = {
  seed: 'number',
  subscriptionId: 'string',
  tenantId: 'string',
  registry,
  otherRegistries: listOf(registry),
  replicas: listOf(
    fields({
      location: 'region',
      name: 'string',
      provisioningState: 'string',
      displayStatus: 'string',
      listSays: state,
      routing: 'boolean',
    }),
  ),
  timing: byRegion(timing, 'default'),
  creations: byRegion(creation),
  routing: fields({
    mode: oneOf('nearest', 'home', 'bounce'),
    region: 'region',
    probability: 'number',
    of: oneOf('manifests', 'requests'),
  }),
  proxy: listOf('region'),
  losses: listOf(
    fields({
      region: 'region',
      repository: 'string',
      kind: oneOf('layer', 'config', 'child', 'tag', 'event'),
      nth: 'number',
    }),
  ),
  faults: listOf(fault),
  identity,
  github: fields({ repository: 'string', ref: 'string', subject: 'string', requestToken: 'string' }),
  webhooks: listOf(
    fields({
      name: 'string',
      location: 'region',
      serviceUri: 'string',
      status: oneOf('enabled', 'disabled'),
      scope: 'string',
      actions: strings,
    }),
  ),
  repushEvents: oneOf('everywhere', 'receiving'),
  firewall: fields({ deny: listOf('host'), clientIp: 'string' }),
  hiddenHosts: listOf('host'),
  arm: fields({ retryAfter: 'number', pageSize: 'number', registered: 'boolean', oddCase: 'boolean' }),
}

const change = fields({
  after: 'number',
  set: fields(parts),
  removeReplica: 'region',
  setReplica: fields({ location: 'region', provisioningState: 'string', displayStatus: 'string' }),
})

/** The shape of a whole scenario; scenario.ts says what each part means. */
export const shape: Shape = fields({ ...parts, later: listOf(change) })
