import { type Arm } from './azure/client.ts'
import { type OfferedRegions, knownRegions } from './azure/regions.ts'
import { type RegionalEndpoints, readRegionalEndpoints, regionOfHost } from './azure/regional-endpoints.ts'
import { type Registry, findRegistry } from './azure/registry.ts'
import { type Replica, readReplicas } from './azure/replications.ts'
import { replicationRegions } from './azure/subscription.ts'
import { callsUri, covers, coversAllTags, readWebhooks } from './azure/webhooks.ts'
import { type StepError, isKind } from './base/errors.ts'
import { type Patience } from './base/patience.ts'
import { type Connection } from './connect.ts'
import { type Inputs } from './inputs.ts'
import { type Journal } from './journal.ts'

/** What is there before the run changes anything. */
export interface Discovery {
  readonly registry: Registry
  readonly replicas: readonly Replica[]
  readonly offered: OfferedRegions
  readonly endpoints: RegionalEndpoints
  /** By region, the webhook that hears of every push of these references there. */
  readonly listening: ReadonlyMap<string, string>
  /** Regions where an enabled webhook for all tags of the repositories calls `webhook-uri` already. */
  readonly notified: ReadonlySet<string>
}

/** What Azure Resource Manager told, or why it could not be read. */
export type Found =
  | { readonly kind: 'read'; readonly arm: Arm; readonly discovery: Discovery }
  | { readonly kind: 'unreadable'; readonly error: StepError }

/**
 * Opens ARM and discovers. Where that fails for want of a right or of ARM itself, and nothing is to be pushed, regions may still be
 * asked through the regional endpoints the references name.
 *
 * @throws StepError whatever else went wrong
 */
export async function explore(
  connection: Connection,
  inputs: Inputs,
  journal: Journal,
  patience: Patience,
): Promise<Found> {
  const blind =
    inputs.image.kind === 'gate' && inputs.references.some(({ host }) => regionOfHost(host ?? '') !== undefined)
  const look = async (): Promise<Found> => {
    const arm = await connection.openArm()
    return { kind: 'read', arm, discovery: await discover(arm, inputs, journal) }
  }
  try {
    // An identity for regional endpoints alone is not about to get more rights.
    return blind ? await look() : await patience('Look at the registry', look)
  } catch (error) {
    if (!blind || !isKind(error, 'forbidden', 'not-found', 'transient', 'throttled')) throw error
    return { kind: 'unreadable', error }
  }
}

/** Reads the registry, its replicas, its regional endpoints and the regions ACR offers. Reads only. */
async function discover(arm: Arm, inputs: Inputs, journal: Journal): Promise<Discovery> {
  const offered = readOffered(arm, journal)
  // Awaited below; until then its failure is not an unhandled one.
  offered.catch(() => undefined)
  const registry = await findRegistry(arm, {
    name: 'name' in inputs.target ? inputs.target.name : undefined,
    loginServer: 'loginServer' in inputs.target ? inputs.target.loginServer : undefined,
    resourceGroup: inputs.resourceGroup,
  })
  const [replicas, endpoints, webhooks] = await Promise.all([
    readReplicas(arm, registry),
    readRegionalEndpoints(arm, registry),
    readUsableWebhooks(arm, registry, inputs, journal),
  ])
  journal.record({
    type: 'registry-found',
    name: registry.name,
    sku: registry.sku,
    homeRegion: registry.homeRegion,
    loginServer: registry.loginServer,
    resourceGroup: registry.resourceGroup,
    replicas: replicas.length,
    regionalEndpoints: endpoints.state,
  })
  return { registry, replicas, offered: await offered, endpoints, ...webhooks }
}

/** An identity that may read the registry alone cannot read the provider; the regions this release knows do for it. */
async function readOffered(arm: Arm, journal: Journal): Promise<OfferedRegions> {
  try {
    const offered = await replicationRegions(arm)
    if (offered.size > 0) return offered
  } catch (error) {
    if (!isKind(error, 'forbidden', 'not-found', 'invalid')) throw error
    journal.record({
      type: 'note',
      message:
        'The regions of Azure Container Registry could not be read (Microsoft.Resources/subscriptions/providers/read); the built-in list is used.',
    })
  }
  return knownRegions()
}

/** Webhooks are one way to prove an image, so they are read where that matters; an identity that may not read them goes without. */
async function readUsableWebhooks(
  arm: Arm,
  registry: Registry,
  { references, waitFor, webhookUri }: Inputs,
  journal: Journal,
): Promise<Pick<Discovery, 'listening' | 'notified'>> {
  const listening = new Map<string, string>()
  const notified = new Set<string>()
  if (waitFor === 'replica' && webhookUri === undefined) return { listening, notified }
  try {
    for (const webhook of await readWebhooks(arm, registry)) {
      if (!references.every(reference => covers(webhook, reference))) continue
      listening.set(webhook.region, webhook.name)
      const { region } = webhook
      if (webhookUri === undefined || notified.has(region) || !coversAllTags(webhook)) continue
      if (await callsUri(arm, registry, webhook, webhookUri)) notified.add(region)
    }
  } catch (error) {
    if (!isKind(error, 'forbidden', 'not-found', 'invalid') || webhookUri !== undefined) throw error
    journal.record({
      type: 'note',
      message:
        'The webhooks of the registry could not be read (Microsoft.ContainerRegistry/registries/webhooks/read), so they prove nothing.',
    })
  }
  return { listening, notified }
}
