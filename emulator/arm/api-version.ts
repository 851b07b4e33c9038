import { armError } from './arm-error.ts'

/** Versions of Microsoft.ContainerRegistry the local ARM serves (a real service's list of September 2026, and az 2.45's). */
export const registryVersions = [
  '2019-05-01',
  '2021-09-01',
  '2022-02-01-preview',
  '2022-12-01',
  '2023-01-01-preview',
  '2023-07-01',
  '2023-11-01-preview',
  '2024-11-01-preview',
  '2025-03-01-preview',
  '2025-04-01',
  '2025-05-01-preview',
  '2025-06-01-preview',
  '2025-09-01-preview',
  '2025-11-01',
  '2025-12-01-preview',
  '2026-01-01-preview',
  '2026-03-01-preview',
] as const

const firstWithRegionalEndpoints = '2026-01-01-preview'

/** Does this version know `regionalEndpoints`? */
export function knowsRegionalEndpoints(version: string): boolean {
  return version >= firstWithRegionalEndpoints
}

/** Refuses a version the service doesn't serve for this type (`registries/replications`). */
export function checkRegistryVersion(
  version: string,
  type: string,
  locations: readonly string[],
  served: readonly string[] = registryVersions,
): void {
  if (served.includes(version)) return
  const text = `No registered resource provider found for location 'westus' and API version '${version}' for type '${type}'.`
  throw armError(
    400,
    'NoRegisteredProviderFound',
    `${text} The supported api-versions are '${served.join(', ')}'. The supported locations are '${locations.join(', ')}'.`,
  )
}

/** The version asked for; none is an error of its own. */
export function apiVersion(url: URL): string {
  const version = url.searchParams.get('api-version')
  if (version !== null && /^\d{4}-\d\d-\d\d(-[a-z]+)?$/.test(version)) return version.toLowerCase()
  throw version === null
    ? armError(
        400,
        'MissingApiVersionParameter',
        'The api-version query parameter (?api-version=) is required for all requests.',
      )
    : armError(400, 'InvalidApiVersionParameter', `The api-version '${version}' is invalid.`)
}
