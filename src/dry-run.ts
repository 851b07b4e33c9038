import { type Registry } from './azure/registry.ts'
import { type Plan } from './plan.ts'

/** The output `dry-run-plan`: what a real run would do. */
export function dryRunPlan(plan: Plan, registry: Registry) {
  return {
    registry: {
      name: registry.name,
      resourceGroup: registry.resourceGroup,
      subscriptionId: registry.subscriptionId,
      sku: registry.sku,
      homeRegion: registry.homeRegion,
      loginServer: registry.loginServer,
    },
    regions: plan.regions.map(({ region, displayName, home, action, state }) => ({
      region,
      displayName,
      home,
      action,
      state,
    })),
    create: plan.regions.filter(({ action }) => action === 'create').map(({ region }) => region),
    upgradeFrom: plan.upgradeFrom ?? null,
    enableRegionalEndpoints: plan.enableRegionalEndpoints,
    createWebhooks: plan.webhooks,
    deleteAfterwards: plan.prune,
    push: plan.pushes ? plan.references : [],
    pushEndpoint: plan.pushes ? (plan.pushRegion ?? 'global') : null,
    monthlyCost: { currency: 'USD', added: plan.monthly.added, total: plan.monthly.total },
  }
}
