import { type Arm } from './azure/client.ts'
import { enableRegionalEndpoints, upgradeToPremium } from './azure/registry-changes.ts'
import { type RegionalEndpoints } from './azure/regional-endpoints.ts'
import { type Registry } from './azure/registry.ts'
import { type Clock } from './base/clock.ts'
import { type Patience } from './base/patience.ts'
import { type Journal } from './journal.ts'
import { type Plan } from './plan.ts'

export interface PrepareOptions {
  readonly arm: Arm
  readonly registry: Registry
  readonly patience: Patience
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly journal: Journal
}

/** Changes the registry itself where the plan says so. Resolves with its regional endpoints afterwards. */
export async function prepareRegistry(
  plan: Plan,
  endpoints: RegionalEndpoints,
  { arm, registry, patience, clock, signal, journal }: PrepareOptions,
): Promise<RegionalEndpoints> {
  const context = { arm, clock, signal }
  if (plan.upgradeFrom !== undefined) {
    await patience(`Upgrade of ${registry.name}`, () => upgradeToPremium(registry, context))
    journal.record({ type: 'changed', what: `registry upgraded from ${plan.upgradeFrom} to Premium` })
  }
  if (!plan.enableRegionalEndpoints) return endpoints
  const enabled = await patience(`Change of ${registry.name}`, () => enableRegionalEndpoints(registry, context))
  journal.record({ type: 'changed', what: `regional endpoints turned on: ${[...enabled.hosts.values()].join(', ')}` })
  return enabled
}
