import { type Clock } from '../base/clock.ts'
import { StepError } from '../base/errors.ts'
import { type Arm } from './client.ts'
import { PREVIEW_API, type RegionalEndpoints, readRegionalEndpoints } from './regional-endpoints.ts'
import { type Registry } from './registry.ts'
import { registryPath } from './resource-id.ts'

/** Time between two looks, in milliseconds. */
const PAUSE_MS = 1000
const STABLE_API = '2025-11-01'

/** What a change of a registry needs. */
export interface ChangeContext {
  readonly arm: Arm
  readonly clock: Clock
  readonly signal: AbortSignal
}

/**
 * Turns a registry's regional endpoints on and waits until ARM names their hosts.
 *
 * @throws StepError `conflict` when the update fails, or the signal's reason
 */
export async function enableRegionalEndpoints(registry: Registry, context: ChangeContext): Promise<RegionalEndpoints> {
  const { arm } = context
  const what = `Turn on regional endpoints of ${registry.name}`
  const body = { properties: { regionalEndpoints: 'Enabled' } }
  await arm.whileBusy(what, () => arm.request(what, 'PATCH', arm.url(registryPath(registry), PREVIEW_API), body))
  const remedy = `See the activity log of the registry, then try az acr update --name ${registry.name} --regional-endpoints enabled.`
  return settled(what, remedy, context, async () => {
    const found = await readRegionalEndpoints(arm, registry)
    return { state: found.provisioningState, done: found.state === 'enabled' && found.hosts.size > 0, found }
  })
}

/**
 * Upgrades a registry to Premium, which takes no downtime (learn.microsoft.com, "Azure Container Registry SKU features and limits").
 *
 * @throws StepError `conflict` when the update fails, or the signal's reason
 */
export async function upgradeToPremium(registry: Registry, context: ChangeContext): Promise<void> {
  const { arm } = context
  const what = `Upgrade of ${registry.name} to Premium`
  const url = arm.url(registryPath(registry), STABLE_API)
  await arm.whileBusy(what, () => arm.request(what, 'PATCH', url, { sku: { name: 'Premium' } }))
  const remedy = `See the activity log of the registry, then try az acr update --name ${registry.name} --sku Premium.`
  await settled(what, remedy, context, async () => {
    const { sku, properties } = ((await arm.request(`Read registry ${registry.name}`, 'GET', url)) ?? {}) as {
      sku?: { name?: string }
      properties?: { provisioningState?: string }
    }
    const state = properties?.provisioningState?.toLowerCase() ?? ''
    return { state, done: sku?.name?.toLowerCase() === 'premium', found: undefined }
  })
}

interface Look<T> {
  /** The registry's own state, lower case. */
  readonly state: string
  readonly done: boolean
  readonly found: T
}

/** The registry itself tells when an update is done; its operation, which not every identity may read, is not asked. */
async function settled<T>(
  what: string,
  remedy: string,
  { clock, signal }: ChangeContext,
  look: () => Promise<Look<T>>,
): Promise<T> {
  for (;;) {
    const { state, done, found } = await look()
    if (done && state === 'succeeded') return found
    if (state === 'failed' || state === 'canceled') {
      throw new StepError('conflict', `${what} ended as ${state}`, { remedy })
    }
    await clock.sleep(PAUSE_MS, signal)
  }
}
