import { type Fault } from './http/fault.ts'

/**
 * A scenario: everything about the local Azure that a test or a rehearsal may want different. It is plain JSON, so that time and trouble are data
 * and not code. Durations are seconds (fractions allowed); regions are short names (`japaneast`). What a scenario leaves out is filled in by
 * `defaultScenario`; what it misspells is an error (see scenario-check.ts). `Emulator.update` changes the very same object while the emulator
 * runs; everything below is read anew at every use, except `replicas`, `webhooks` and `otherRegistries`, which only describe the start.
 */
export interface Scenario {
  /** Seed of every random choice (bouncing, faults with a probability). */
  seed: number
  subscriptionId: string
  tenantId: string
  registry: RegistrySettings
  /** More registries of the subscription, without replicas of their own. */
  otherRegistries: RegistrySettings[]
  /** Replicas that exist at the start. */
  replicas: ReplicaSettings[]
  /** Durations: `default`, and per region what differs. */
  timing: { default: Timing; [region: string]: Partial<Timing> }
  /** How creating a replica in a region ends, where it doesn't end well. */
  creations: Record<string, CreationPlot>
  /** Which replica the login server talks to. */
  routing: Routing
  /** Regions whose replica fetches from another what it lacks, instead of answering 404 (Azure/acr#880). */
  proxy: string[]
  /** What replication loses on its way to a region. */
  losses: Loss[]
  /** Faults by request pattern; the first that matches acts. */
  faults: Fault[]
  /** Who may sign in, and what they may do. */
  identity: IdentitySettings
  /** The workflow whose OIDC token GitHub issues. */
  github: GithubSettings
  /** Webhooks that exist at the start. */
  webhooks: WebhookSettings[]
  /** Does an unchanged re-push (same tag, same digest) fire webhooks in every region or only where it was received? Azure doesn't say. */
  repushEvents: 'everywhere' | 'receiving'
  /** Hosts that refuse the client: `login` for the login server, else the region. */
  firewall: { deny: string[]; clientIp: string }
  /** Hosts whose name does not resolve: `login` for the login server, else the region. */
  hiddenHosts: string[]
  arm: ArmSettings
  /** What changes by itself, each at its time after the start. */
  later: Change[]
}

/** The registry as ARM shows it; PATCH changes the same values. */
export interface RegistrySettings {
  name: string
  resourceGroup: string
  /** Home region. */
  home: string
  sku: 'Basic' | 'Standard' | 'Premium'
  /** First label of the login server; differs from the name where a domain name label adds a hash. */
  label: string
  /** What follows the label in every name of the registry: `localhost`, or that of a cloud, such as `azurecr.us`. */
  suffix: string
  /** `Unknown`: the service refuses the preview version of the API. `Absent`: it accepts it but doesn't know the field. */
  regionalEndpoints: 'Enabled' | 'Disabled' | 'Unknown' | 'Absent'
  roleAssignmentMode: 'LegacyRegistryPermissions' | 'AbacRepositoryPermissions'
  /** `policies.azureADAuthenticationAsArmPolicy`: may a token for ARM be exchanged? */
  armAudience: 'enabled' | 'disabled'
  /** Content trust; forbids regional endpoints. */
  trustPolicy: 'enabled' | 'disabled'
  publicNetworkAccess: 'Enabled' | 'Disabled'
  /** Is a blob GET redirected to the data host (307), as Azure does? */
  redirectBlobs: boolean
  /** Sizes over which a manifest or a blob is refused, bytes. */
  limits: { manifest: number; blob: number }
  tags: Record<string, string>
}

export interface ReplicaSettings {
  location: string
  /** Resource name; by default the location. ACR lets it be anything alphanumeric. */
  name?: string
  provisioningState?: string
  /** Absent: `Ready` where provisioned, else nothing (as while Creating). */
  displayStatus?: string
  /** What the list says instead of the truth; a GET of the replica is right. */
  listSays?: { provisioningState?: string; displayStatus?: string }
  /** Part of the login server's routing (ARM: regionEndpointEnabled). */
  routing?: boolean
}

/** Durations of one region, seconds. */
export interface Timing {
  /** From the accepted PUT to provisioningState Succeeded. */
  create: number
  /** From Succeeded to displayStatus Ready, at least; copying what exists may take longer. */
  sync: number
  /** From the first replica's PUT until the home replica shows up in the list. */
  home: number
  /** From a push elsewhere until this replica has the blobs. */
  blobs: number
  /** From the blobs to the manifest. */
  manifests: number
  /** How much later than others a child of an index arrives; over zero it comes after its index. */
  children: number
  /** From the manifest to the tag. */
  tags: number
  /** From the tag to the webhook's event. */
  events: number
  /** A PATCH of the registry or a replica, until it shows. */
  update: number
  delete: number
  /** After a delete: as long as this, creating the region again fails (Azure/azure-rest-api-specs#18934). */
  recreate: number
}

/** How a creation goes wrong. */
export interface CreationPlot {
  /** What becomes of the replica: `vanishes` is a rollback (GET answers 404), `stuck` stays Creating for good. */
  replica?: 'succeeds' | 'fails' | 'vanishes' | 'stuck'
  /** What the operation says in the end; by default what became of the replica. */
  operation?: 'succeeds' | 'fails' | 'stuck'
  /** The error of a failed operation. */
  error?: { code: string; message: string }
  /** What the replica says when it is through, instead of `Ready`. */
  displayStatus?: string
  /** What the list says of it instead of the truth. */
  listSays?: { provisioningState?: string; displayStatus?: string }
  /** Refuse the PUT itself with this. */
  refuse?: { status: number; code: string; message: string }
}

export interface Routing {
  /** `nearest`: always `region` (home where absent). `home`: always home. `bounce`: nearest, but sometimes another replica. */
  mode: 'nearest' | 'home' | 'bounce'
  region?: string
  /** Chance of a bounce, 0…1. */
  probability: number
  /** What bounces: only manifest PUTs (the usual symptom) or any request. */
  of: 'manifests' | 'requests'
}

export interface Loss {
  region: string
  repository?: string
  /** `layer`: the nth layer of each image. `config`: its config. `child`: the nth manifest of an index. `tag`: tags never arrive. `event`: webhooks stay silent. */
  kind: 'layer' | 'config' | 'child' | 'tag' | 'event'
  nth?: number
}

export interface IdentitySettings {
  clientId: string
  clientSecret: string
  /** PEM of a certificate the application trusts for client assertions (AZURE_CLIENT_CERTIFICATE_PATH). */
  certificate?: string
  objectId: string
  /** Federated credentials of the application. */
  federated: { issuer: string; subject: string; audience: string }[]
  /** Role assignments; see roles.ts for the built-in ones. */
  roles: RoleAssignment[]
  /** Lifetimes of tokens, seconds. */
  lifetimes: { entra: number; refresh: number; access: number; github: number }
  /** A conditional access policy that blocks every sign-in (AADSTS53003). */
  blocked: boolean
}

export interface RoleAssignment {
  /** A built-in role by name, or none and the permissions themselves. */
  role?: string
  actions?: string[]
  notActions?: string[]
  dataActions?: string[]
  scope?: 'subscription' | 'resourceGroup' | 'registry'
  /** ABAC condition: repositories the data actions hold for (`team/*`); all where absent. */
  repositories?: string[]
  /** Seconds after the start until the assignment takes effect. */
  after?: number
}

export interface GithubSettings {
  /** `owner/name` */
  repository: string
  ref: string
  /** The subject claim; by default `repo:OWNER/NAME:ref:REF`. */
  subject?: string
  /** Bearer of the request; ACTIONS_ID_TOKEN_REQUEST_TOKEN. */
  requestToken: string
}

export interface WebhookSettings {
  name: string
  location: string
  serviceUri: string
  status?: 'enabled' | 'disabled'
  /** `repo:tag`, `repo:*`, `repo` (= repo:latest) or '' for all. */
  scope?: string
  actions?: string[]
}

export interface ArmSettings {
  /** Retry-After of operations, seconds. Azure sends none; without it `az` polls every 30 s. */
  retryAfter?: number
  /** Entries per page of a list. */
  pageSize: number
  /** Is the subscription registered for Microsoft.ContainerRegistry? */
  registered: boolean
  /** Resource group names in ids come in another case, as ARM sometimes does. */
  oddCase: boolean
}

/** A change at a time. */
export interface Change {
  /** Seconds after the start. */
  after: number
  /** Parts of a scenario to merge into this one. */
  set?: Record<string, unknown>
  /** Somebody deletes the replica of this region, or Azure takes it back. */
  removeReplica?: string
  /** ARM shows another state of a replica. */
  setReplica?: { location: string; provisioningState: string; displayStatus?: string }
}

/** A scenario as given: any part may be left out. */
export type ScenarioInput = Gaps<Scenario>

type Gaps<T> = T extends (infer Item)[] ? Gaps<Item>[] : T extends object ? { [K in keyof T]?: Gaps<T[K]> } : T
