import { StepError } from '../base/errors.ts'
import { NOTHING_VISIBLE } from '../base/patience.ts'
import { type Arm } from './client.ts'
import { readPages } from './pages.ts'
import { type OfferedRegions, offeredRegions } from './regions.ts'

const SUBSCRIPTIONS_API = '2022-12-01'
const PROVIDERS_API = '2021-04-01'

/** The subscriptions the identity can see: id and name. */
export async function visibleSubscriptions(arm: Arm): Promise<{ id: string; name: string }[]> {
  const listed = await readPages(arm, 'List subscriptions', arm.url('/subscriptions', SUBSCRIPTIONS_API))
  return (listed as { subscriptionId?: string; displayName?: string }[]).flatMap(
    ({ subscriptionId: id, displayName }) => (id === undefined ? [] : [{ id, name: displayName ?? id }]),
  )
}

/**
 * The one subscription the identity can see, for workflows that name none.
 *
 * @throws StepError `invalid` when there are several or none
 */
export async function onlySubscription(arm: Arm): Promise<string> {
  const found = await visibleSubscriptions(arm)
  const [first] = found
  if (first !== undefined && found.length === 1) return first.id
  const seen = found.map(({ id, name }) => `${name} (${id})`).join(', ')
  throw new StepError(
    found.length === 0 ? 'not-found' : 'invalid',
    found.length === 0
      ? 'The identity of this job sees no subscription'
      : `The identity of this job sees several subscriptions: ${seen}`,
    found.length === 0
      ? {
          remedy:
            'Give it a role on the registry: see docs/azure-setup.md. A role assigned just now can take ten minutes.',
          code: NOTHING_VISIBLE,
        }
      : { remedy: "Set 'subscription-id' to the one the registry is in." },
  )
}

interface Provider {
  readonly resourceTypes?: readonly { readonly resourceType?: string; readonly locations?: readonly string[] }[]
}

/** The regions ACR can replicate to, from the metadata of its resource provider (display names). Empty when it lists none. */
export async function replicationRegions(arm: Arm): Promise<OfferedRegions> {
  const url = arm.url(`/subscriptions/${arm.subscriptionId}/providers/Microsoft.ContainerRegistry`, PROVIDERS_API)
  const provider = (await arm.request('Read the regions of Azure Container Registry', 'GET', url)) as
    Provider | undefined
  const locations = (type: string) =>
    provider?.resourceTypes?.find(({ resourceType }) => resourceType?.toLowerCase() === type)?.locations ?? []
  const replications = locations('registries/replications')
  return offeredRegions(replications.length > 0 ? replications : locations('registries'))
}
