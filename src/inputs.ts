import { readFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { type GetInput, optional, readBoolean, readChoice, readList, requireMatch } from './input-fields.ts'
import { type Cloud, chooseCloud } from './azure/cloud.ts'
import { runOrigin } from './azure/run-origin.ts'
import { type AuthMethod, type IdentityFacts } from './azure/sign-in.ts'
import { knownRegions, normalizeRegion, unknownRegion } from './azure/regions.ts'
import { parseDuration } from './base/duration.ts'
import { StepError } from './base/errors.ts'
import { type Reference, isDigest, parseReference } from './registry/reference.ts'
import { type References, type RegistryTarget, readTarget } from './registry-target.ts'
import { WAIT_FOR, type WaitFor } from './verdict.ts'

type Env = Readonly<Record<string, string | undefined>>

/** How the step signs in. */
export const AUTH_METHODS = ['auto', 'oidc', 'cli', 'environment', 'managed-identity', 'workload-identity'] as const

/** Everything the workflow said, checked and frozen. */
export interface Inputs {
  readonly references: References
  /** Short names, in the order asked, each once. */
  readonly regions: readonly string[]
  readonly target: RegistryTarget
  readonly resourceGroup: string | undefined
  readonly subscriptionId: string | undefined
  readonly sourceImage: string | undefined
  /** The only platform to push, of an image that has several; undefined pushes all. */
  readonly platform: string | undefined
  /** What the run is about: pushing the local image, or waiting for one that is in the registry (of this digest, or of the primary tag's). */
  readonly image: { readonly kind: 'push' } | { readonly kind: 'gate'; readonly digest: string | undefined }
  /** `global` is the login server; otherwise the region whose regional endpoint takes the push. */
  readonly pushEndpoint: string
  readonly enableRegionalEndpoints: boolean
  /** A secret: it may carry a key. */
  readonly webhookUri: string | undefined
  readonly createReplicas: boolean
  /** Whether replicas this run creates take part in the routing of the login server. */
  readonly globalEndpointRouting: boolean
  readonly upgradeToPremium: boolean
  readonly pruneReplicas: boolean
  readonly waitFor: WaitFor
  readonly timeoutMs: number
  readonly dryRun: boolean
  readonly auth: AuthMethod
  readonly identity: IdentityFacts
  readonly cloud: Cloud
  readonly summary: boolean
  /** A secret. With it, one commit status per region is set. */
  readonly statusToken: string | undefined
  readonly runner: RunnerFacts
}

/** What the machine says of itself. */
export interface RunnerFacts {
  /** Where temporary files go; the runner empties it after the job. */
  readonly tempDir: string
  /** The user's own docker configuration, which may not exist. */
  readonly dockerConfigDir: string
  /** The environment of child processes: the job's, without what is a secret of this step. */
  readonly childEnv: Env
}

/**
 * Reads and checks all inputs. The only reader of inputs and environment.
 *
 * @throws StepError `invalid` for the first one that is wrong, with what to write instead
 */
export function readInputs(get: GetInput, env: Env): Inputs {
  const references = readReferences(get)
  const image = readImage(get)
  const subscriptionId = optional(get('subscription-id')) ?? optional(env['AZURE_SUBSCRIPTION_ID'] ?? '')
  if (subscriptionId !== undefined)
    requireMatch(subscriptionId, GUID, 'subscription-id', 'Write the id of the subscription, a GUID.')
  const resourceGroup = optional(get('resource-group'))
  if (resourceGroup !== undefined) {
    requireMatch(resourceGroup, RESOURCE_GROUP, 'resource-group', 'Write the name of the resource group alone.')
  }
  return Object.freeze({
    references,
    regions: readRegions(get),
    target: readTarget(get, references, image.kind === 'push'),
    resourceGroup,
    subscriptionId,
    sourceImage: readSourceImage(get),
    platform: readPlatform(get),
    image,
    pushEndpoint: readPushEndpoint(get),
    enableRegionalEndpoints: readBoolean(get, 'enable-regional-endpoints', false),
    webhookUri: readWebhookUri(get),
    createReplicas: readBoolean(get, 'create-replicas', true),
    globalEndpointRouting: readBoolean(get, 'global-endpoint-routing', true),
    upgradeToPremium: readBoolean(get, 'upgrade-to-premium', false),
    pruneReplicas: readBoolean(get, 'prune-replicas', false),
    waitFor: readChoice(get, 'wait-for', WAIT_FOR, 'auto'),
    timeoutMs: parseDuration(optional(get('timeout')) ?? '30m', 'timeout'),
    dryRun: readBoolean(get, 'dry-run', false),
    auth: readChoice(get, 'auth', AUTH_METHODS, 'auto'),
    identity: readIdentity(get, env),
    cloud: chooseCloud(
      optional(get('environment')) ?? 'azurecloud',
      get('resource-manager-endpoint').trim(),
      get('authority-host').trim(),
    ),
    summary: readBoolean(get, 'summary', true),
    statusToken: readStatusToken(get),
    runner: readRunner(env),
  })
}

const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
/** Rules of Microsoft.Resources: letters, digits, - _ . ( ), not ending with a dot. */
const RESOURCE_GROUP = /^[\p{L}\p{N}_().-]{0,89}[\p{L}\p{N}_()-]$/u

function readReferences(get: GetInput): References {
  const parsed = readList(get, 'image').map(text => parseReference(text, 'image'))
  const key = ({ host = '', repository, tag }: Reference) => `${host}/${repository}:${tag}`
  const [first, ...rest] = parsed.filter(
    (reference, index) => parsed.findIndex(other => key(other) === key(reference)) === index,
  )
  if (first === undefined) {
    throw new StepError('invalid', "Input 'image' is missing", {
      remedy: 'Name the image to push, such as contoso.azurecr.io/public/products/web:1.2.',
    })
  }
  return [first, ...rest]
}

function readRegions(get: GetInput): string[] {
  const entries = readList(get, 'regions')
  const regions = [...new Set(entries.map(normalizeRegion))]
  if (regions.length === 0) {
    throw new StepError('invalid', "Input 'regions' is missing", {
      remedy: 'Name the regions that must serve the image, such as eastus, japaneast.',
    })
  }
  const odd = entries.find(entry => !/^[a-z0-9]{1,40}$/.test(normalizeRegion(entry)))
  if (odd !== undefined) throw unknownRegion(odd, knownRegions())
  return regions
}

/** What the job offers to sign in with; names of the variables: @azure/identity's and the runner's. */
function readIdentity(get: GetInput, env: Env): IdentityFacts {
  const variable = (name: string) => optional(env[name] ?? '')
  return Object.freeze({
    clientId: optional(get('client-id')) ?? variable('AZURE_CLIENT_ID'),
    tenantId: optional(get('tenant-id')) ?? variable('AZURE_TENANT_ID'),
    clientSecret: variable('AZURE_CLIENT_SECRET'),
    certificatePath: variable('AZURE_CLIENT_CERTIFICATE_PATH'),
    certificatePassword: variable('AZURE_CLIENT_CERTIFICATE_PASSWORD'),
    federatedTokenFile: variable('AZURE_FEDERATED_TOKEN_FILE'),
    idTokenRequest: variable('ACTIONS_ID_TOKEN_REQUEST_TOKEN'),
    idTokenGranted:
      variable('ACTIONS_ID_TOKEN_REQUEST_URL') !== undefined &&
      variable('ACTIONS_ID_TOKEN_REQUEST_TOKEN') !== undefined,
    origin: runOrigin({
      eventName: variable('GITHUB_EVENT_NAME'),
      actors: [variable('GITHUB_ACTOR'), variable('GITHUB_TRIGGERING_ACTOR')],
      repository: variable('GITHUB_REPOSITORY'),
      readEvent: () => readFileSync(variable('GITHUB_EVENT_PATH') ?? '', 'utf8'),
    }),
  })
}

/** Inputs, tokens and secrets: children need none of them. */
const NOT_FOR_CHILDREN =
  /^(?:INPUT_|ACTIONS_|STATE_|GITHUB_TOKEN$|AZURE_CLIENT_SECRET$|AZURE_CLIENT_CERTIFICATE_PASSWORD$)/i

function readRunner(env: Env): RunnerFacts {
  return Object.freeze({
    tempDir: optional(env['RUNNER_TEMP'] ?? '') ?? tmpdir(),
    dockerConfigDir: optional(env['DOCKER_CONFIG'] ?? '') ?? join(homedir(), '.docker'),
    childEnv: Object.freeze(Object.fromEntries(Object.entries(env).filter(([name]) => !NOT_FOR_CHILDREN.test(name)))),
  })
}

function readSourceImage(get: GetInput): string | undefined {
  const source = optional(get('source-image'))
  if (source !== undefined) {
    requireMatch(
      source,
      /^[A-Za-z0-9][A-Za-z0-9._:/@-]*$/,
      'source-image',
      'Write the name or the id of a local image.',
    )
  }
  return source
}

function readPlatform(get: GetInput): string | undefined {
  const platform = optional(get('platform'))
  if (platform !== undefined)
    requireMatch(platform, /^[a-z0-9]+\/[a-z0-9]+(?:\/[a-z0-9.]+)?$/, 'platform', 'Write it as linux/amd64.')
  return platform
}

function readImage(get: GetInput): Inputs['image'] {
  const digest = optional(get('digest'))
  if (digest !== undefined && !isDigest(digest)) {
    throw new StepError('invalid', `Input 'digest' is '${digest}'`, {
      remedy: 'Write sha256: and 64 hexadecimal digits, as docker prints it.',
    })
  }
  if (!readBoolean(get, 'push', true)) return { kind: 'gate', digest }
  if (digest !== undefined) {
    throw new StepError('invalid', "Input 'digest' goes with 'push: false' only", {
      remedy:
        "Leave it out (the push yields the digest), or set 'push: false' to wait for an image that is in the registry.",
    })
  }
  return { kind: 'push' }
}

function readPushEndpoint(get: GetInput): string {
  const endpoint = normalizeRegion(get('push-endpoint')) || 'global'
  requireMatch(endpoint, /^[a-z0-9]{1,40}$/, 'push-endpoint', 'Write global or a region, such as westus.')
  return endpoint
}

function readStatusToken(get: GetInput): string | undefined {
  const token = optional(get('github-token'))
  if (!readBoolean(get, 'commit-status', false)) return undefined
  if (token !== undefined) return token
  throw new StepError('invalid', "Input 'github-token' is missing, and 'commit-status' is true", {
    remedy: "Set 'github-token: ${{ github.token }}', and give the job 'permissions: statuses: write'.",
  })
}

function readWebhookUri(get: GetInput): string | undefined {
  const uri = optional(get('webhook-uri'))
  if (uri === undefined) return undefined
  // The value stays out of the message: it is a secret.
  if (!URL.canParse(uri) || !['https:', 'http:'].includes(new URL(uri).protocol)) {
    throw new StepError('invalid', "Input 'webhook-uri' is not a URL", {
      remedy: 'Write it as https://hooks.example.com/acr.',
    })
  }
  return uri
}
