import { createHash } from 'node:crypto'
import { type Webhook as SdkWebhook } from '@azure/arm-containerregistry'
import { StepError } from '../base/errors.ts'
import { type Arm } from './client.ts'
import { readPages } from './pages.ts'
import { normalizeRegion } from './regions.ts'
import { type Registry } from './registry.ts'
import { registryPath } from './resource-id.ts'

/** A push webhook watches one replica: the one its location names. */
export interface Webhook {
  readonly name: string
  /** Short name of the region it watches. */
  readonly region: string
  readonly enabled: boolean
  readonly onPush: boolean
  /** Empty for everything, `repository:*`, `repository:tag`, or `repository`, which means `repository:latest`. */
  readonly scope: string
}

/** The repository and tag a webhook would have to hear of. */
export interface Subject {
  readonly repository: string
  readonly tag: string
}

const WEBHOOKS_API = '2025-11-01'

/** All webhooks of a registry. */
export async function readWebhooks(arm: Arm, registry: Registry): Promise<Webhook[]> {
  const url = arm.url(`${registryPath(registry)}/webhooks`, WEBHOOKS_API)
  return ((await readPages(arm, `List webhooks of ${registry.name}`, url)) as WebhookBody[]).map(toWebhook)
}

interface WebhookBody {
  readonly name?: unknown
  readonly location?: unknown
  readonly properties?: { readonly status?: unknown; readonly scope?: unknown; readonly actions?: unknown } | null
}

function toWebhook({ name, location, properties }: WebhookBody): Webhook {
  const actions: unknown[] = Array.isArray(properties?.actions) ? properties.actions : []
  const scope = properties?.scope ?? ''
  return {
    name: text(name).slice(text(name).lastIndexOf('/') + 1),
    region: normalizeRegion(text(location)),
    // What has no scope hears of everything; a scope nobody understands is none to rely on.
    enabled: text(properties?.status).toLowerCase() === 'enabled' && typeof scope === 'string',
    onPush: actions.some(action => text(action).toLowerCase() === 'push'),
    scope: text(scope),
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** Whether a webhook hears of a push of this tag. */
export function covers({ enabled, onPush, scope }: Webhook, { repository, tag }: Subject): boolean {
  if (!enabled || !onPush) return false
  if (scope === '') return true
  const colon = scope.lastIndexOf(':')
  const scopedTag = colon < 0 ? 'latest' : scope.slice(colon + 1)
  return (colon < 0 ? scope : scope.slice(0, colon)) === repository && (scopedTag === '*' || scopedTag === tag)
}

/** Whether a webhook hears of all tags of the repository it is for, or of everything. */
export function coversAllTags({ scope }: Webhook): boolean {
  return scope === '' || scope.endsWith(':*')
}

/** The scope of the webhooks this step makes: every tag of the repository. */
export function repositoryScope(repository: string): string {
  return `${repository}:*`
}

/** Whether a webhook calls this URI. ARM never shows the URI itself, but tells its configuration to those who may ask. */
export async function callsUri(arm: Arm, registry: Registry, { name }: Webhook, uri: string): Promise<boolean> {
  const config = await arm.call(`Read the target of webhook ${name}`, options =>
    arm.sdk.webhooks.getCallbackConfig(registry.resourceGroup, registry.name, name, options),
  )
  return config.serviceUri === uri
}

/** Makes an enabled push webhook for all tags of a repository in a region. The URI is a secret. */
export async function createWebhook(
  arm: Arm,
  registry: Registry,
  region: string,
  repository: string,
  uri: string,
): Promise<Webhook> {
  const name = webhookName(region, repository, uri)
  const scope = repositoryScope(repository)
  const created: SdkWebhook = await arm.call(
    `Create webhook ${name} of ${registry.name} in ${region}`,
    async options => {
      const poller = arm.sdk.webhooks.create(
        registry.resourceGroup,
        registry.name,
        name,
        { location: region, serviceUri: uri, status: 'enabled', scope, actions: ['push'] },
        { ...options, updateIntervalInMs: 1000 },
      )
      return poller.pollUntilDone({ abortSignal: options.abortSignal })
    },
  )
  if (created.provisioningState !== undefined && created.provisioningState !== 'Succeeded') {
    throw new StepError('conflict', `Webhook ${name} in ${region} is in state ${created.provisioningState}`, {
      remedy: `Delete it (az acr webhook delete --registry ${registry.name} --name ${name}) and run the job again.`,
    })
  }
  return { name, region, enabled: true, onPush: true, scope }
}

/** Names are 5 to 50 letters and digits and unique in a registry; the same wish always gets the same name. */
function webhookName(region: string, repository: string, uri: string): string {
  const hash = createHash('sha256').update(`${repository} ${uri}`).digest('hex').slice(0, 10)
  return `geopush${region.slice(0, 32)}${hash}`
}

/** A push a webhook was told of, or a deletion. */
export interface WebhookEvent {
  readonly action: 'push' | 'delete'
  /** Milliseconds since the epoch, by Azure's clock. */
  readonly at: number
  readonly id: string
  readonly repository: string
  /** Empty for a push or a deletion by digest. */
  readonly tag: string
  /** Empty for the deletion of a tag. */
  readonly digest: string
}

interface EventBody {
  readonly id?: unknown
  readonly eventRequestMessage?: {
    readonly content?: {
      readonly action?: unknown
      readonly timestamp?: unknown
      readonly target?: { readonly digest?: unknown; readonly repository?: unknown; readonly tag?: unknown }
    }
  }
}

/** The pushes and deletions a webhook was told of lately; an event is listed whether or not its delivery succeeded. */
export async function readEvents(
  arm: Arm,
  registry: Registry,
  webhook: string,
  attempts: number,
): Promise<WebhookEvent[]> {
  const url = arm.url(`${registryPath(registry)}/webhooks/${webhook}/listEvents`, WEBHOOKS_API)
  const events = await readPages(arm, `List events of webhook ${webhook}`, url, 'POST', attempts)
  return (events as EventBody[]).flatMap(toEvent)
}

function toEvent({ id, eventRequestMessage }: EventBody): WebhookEvent[] {
  const content = eventRequestMessage?.content
  const { digest, repository, tag } = content?.target ?? {}
  const action = content?.action
  const at = Date.parse(text(content?.timestamp))
  if ((action !== 'push' && action !== 'delete') || typeof repository !== 'string' || Number.isNaN(at)) return []
  if (action === 'push' && typeof digest !== 'string') return []
  return [{ action, at, id: text(id), repository, tag: text(tag), digest: text(digest) }]
}
