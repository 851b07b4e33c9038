import { type Registry } from './azure/registry.ts'
import { type Replica, describeReplica } from './azure/replications.ts'
import { unknownRegion } from './azure/regions.ts'
import { StepError, explain } from './base/errors.ts'
import { wrongHost } from './registry-target.ts'
import { type Actual, type PlannedRegion, type Wanted, isPremium } from './plan.ts'

/** Every reason why a run cannot start. Whatever can be refused is refused here, before the first write and before the push. Pure. */
export function findRefusals(wanted: Wanted, actual: Actual, regions: readonly PlannedRegion[]): StepError[] {
  return [
    ...refuseHosts(wanted, actual),
    ...refuseSku(wanted, actual.registry),
    ...refuseEndpoints(wanted, actual),
    ...refuseRegions(wanted, actual, regions),
    ...refuseUnprovable(wanted, actual),
  ]
}

function refuseHosts({ references, image }: Wanted, { registry, endpoints }: Actual): StepError[] {
  const { loginServer } = registry
  const belongs = (host: string) =>
    host === loginServer || (image.kind === 'gate' && [...endpoints.hosts.values()].includes(host))
  const host = references.find(reference => reference.host !== undefined && !belongs(reference.host))?.host
  return host === undefined ? [] : [wrongHost(host, loginServer)]
}

function refuseSku({ upgradeToPremium }: Wanted, registry: Registry): StepError[] {
  if (isPremium(registry) || upgradeToPremium) return []
  const { name, sku, resourceGroup } = registry
  return [
    new StepError('invalid', `Registry ${name} is ${sku}; geo-replication needs Premium`, {
      remedy: `Set 'upgrade-to-premium: true', or upgrade it: az acr update --name ${name} --resource-group ${resourceGroup} --sku Premium.`,
    }),
  ]
}

function refuseEndpoints(wanted: Wanted, { registry, replicas, endpoints }: Actual): StepError[] {
  const refusals: StepError[] = []
  const refuse = (message: string, remedy: string) => refusals.push(new StepError('invalid', message, { remedy }))
  const available = endpoints.state === 'enabled' || wanted.enableRegionalEndpoints
  if (wanted.enableRegionalEndpoints && endpoints.state === 'unknown') {
    refuse(
      `Registry ${registry.name} knows no regional endpoints: this cloud does not offer them yet`,
      "Leave 'enable-regional-endpoints' out; webhooks ('webhook-uri') can prove the image there.",
    )
  } else if (wanted.enableRegionalEndpoints && endpoints.state === 'disabled' && endpoints.contentTrust) {
    refuse(
      `Registry ${registry.name} uses Docker Content Trust, with which Azure refuses regional endpoints`,
      `Turn content trust off (az acr config content-trust update --registry ${registry.name} --status disabled), or leave 'enable-regional-endpoints' out.`,
    )
  }
  if (wanted.pushEndpoint === 'global' || wanted.image.kind === 'gate') return refusals
  const region = wanted.pushEndpoint
  if (!available) {
    refuse(
      `Input 'push-endpoint' is ${region}, but registry ${registry.name} has no regional endpoints`,
      "Set 'enable-regional-endpoints: true', or push to the login server with 'push-endpoint: global'.",
    )
  } else if (region !== registry.homeRegion && !replicas.some(replica => replica.region === region)) {
    refuse(
      `Input 'push-endpoint' is ${region}, where registry ${registry.name} has no replica yet`,
      `Name a region that has one: ${[registry.homeRegion, ...replicas.map(replica => replica.region)].filter(unique).join(', ')}.`,
    )
  }
  return refusals
}

function unique(item: string, index: number, all: readonly string[]): boolean {
  return all.indexOf(item) === index
}

/** With `image` and `all`, a region that nothing can ever prove would wait until the deadline. */
function refuseUnprovable(wanted: Wanted, { registry, endpoints, listening }: Actual): StepError[] {
  const provable = endpoints.state === 'enabled' || wanted.enableRegionalEndpoints || wanted.webhookUri !== undefined
  if (provable || wanted.waitFor === 'replica' || wanted.waitFor === 'auto') return []
  const unproved = wanted.regions.filter(region => !listening.has(region))
  if (unproved.length === 0) return []
  return [
    new StepError(
      'invalid',
      `Nothing can prove that ${unproved.join(', ')} serve the image ('wait-for: ${wanted.waitFor}')`,
      {
        remedy: `Turn regional endpoints on ('enable-regional-endpoints: true', or az acr update --name ${registry.name} --regional-endpoints enabled), set 'webhook-uri', or use 'wait-for: auto'.`,
      },
    ),
  ]
}

function refuseRegions(
  wanted: Wanted,
  { registry, replicas, offered }: Actual,
  regions: readonly PlannedRegion[],
): StepError[] {
  const refusals: StepError[] = []
  for (const { region, action, displayName } of regions) {
    const replica = replicas.find(candidate => candidate.region === region)
    if (replica?.state.kind === 'failed') refusals.push(failedReplica(registry, replica))
    if (action !== 'create') continue
    if (!offered.has(region)) refusals.push(unknownRegion(region, offered))
    else if (!wanted.createReplicas) {
      refusals.push(
        new StepError(
          'invalid',
          `Registry ${registry.name} has no replica in ${displayName} (${region}), and 'create-replicas' is false`,
          {
            remedy: `Create it (az acr replication create --registry ${registry.name} --location ${region}), set 'create-replicas: true', or leave the region out.`,
          },
        ),
      )
    }
  }
  return refusals
}

function failedReplica({ name }: Registry, replica: Replica): StepError {
  return new StepError(
    'conflict',
    `The replica ${replica.name} in ${replica.region} is in state ${describeReplica(replica.state)}, which does not heal`,
    {
      remedy: recreateRemedy(name, replica.name),
    },
  )
}

/** How a failed replica is replaced. */
export function recreateRemedy(registry: string, replica: string): string {
  return `Delete it (az acr replication delete --registry ${registry} --name ${replica}) and run the job again, which creates it anew.`
}

/** One error for all reasons why a run cannot start. */
export function refusal(errors: readonly StepError[]): StepError | undefined {
  const [first, ...rest] = errors
  if (first === undefined || rest.length === 0) return first
  return new StepError(
    'invalid',
    `Nothing was changed or pushed, for ${errors.length} reasons: ${errors.map(explain).join(' ')}`,
  )
}
