import { StepError } from '../base/errors.ts'

/** Where a registry lives. */
export interface RegistryId {
  readonly subscriptionId: string
  readonly resourceGroup: string
  readonly name: string
}

/**
 * Takes a registry's resource id apart. ARM returns ids in any case (`/resourcegroups/` and `/resourceGroups/`).
 *
 * @throws StepError `bug` when it is not the id of a registry
 */
export function parseRegistryId(id: string): RegistryId {
  const match =
    /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/providers\/Microsoft\.ContainerRegistry\/registries\/([^/]+)\/?$/i.exec(
      id,
    )
  const [, subscriptionId, resourceGroup, name] = match ?? []
  if (subscriptionId === undefined || resourceGroup === undefined || name === undefined) {
    throw new StepError('bug', `Azure returned '${id}' where the id of a registry was expected`)
  }
  return { subscriptionId, resourceGroup, name }
}

/** The path of a registry below ARM's endpoint. */
export function registryPath({ subscriptionId, resourceGroup, name }: RegistryId): string {
  return `/subscriptions/${subscriptionId}/resourceGroups/${encodeURIComponent(resourceGroup)}/providers/Microsoft.ContainerRegistry/registries/${name}`
}
