import { type Clock } from '../base/clock.ts'
import { StepError } from '../base/errors.ts'
import { type Arm } from './client.ts'
import { PREVIEW_API, type RegionalEndpoints, readRegionalEndpoints } from './regional-endpoints.ts'
import { type Registry } from './registry.ts'
import { registryPath } from './resource-id.ts'

/** Time between two looks, in milliseconds. */
const PAUSE_MS = 1000

/**
 * Turns a registry's regional endpoints on and waits until ARM names their hosts. The registry itself tells when it is done: its
 * operation is not read.
 *
 * @throws StepError `conflict` when the update fails, or the signal's reason
 */
export async function enableRegionalEndpoints(
  arm: Arm,
  registry: Registry,
  clock: Clock,
  signal: AbortSignal,
): Promise<RegionalEndpoints> {
  await arm.request(
    `Turn on regional endpoints of ${registry.name}`,
    'PATCH',
    arm.url(registryPath(registry), PREVIEW_API),
    {
      properties: { regionalEndpoints: 'Enabled' },
    },
  )
  for (;;) {
    const now = await readRegionalEndpoints(arm, registry)
    if (now.state === 'enabled' && now.provisioningState === 'succeeded' && now.hosts.size > 0) return now
    if (now.provisioningState === 'failed' || now.provisioningState === 'canceled') {
      throw new StepError(
        'conflict',
        `Turning on regional endpoints of ${registry.name} ended as ${now.provisioningState}`,
        {
          remedy: `See the activity log of the registry, then try az acr update --name ${registry.name} --regional-endpoints enabled.`,
        },
      )
    }
    await clock.sleep(PAUSE_MS, signal)
  }
}
