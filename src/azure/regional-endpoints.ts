import { StepError, isKind } from '../base/errors.ts'
import { type Arm } from './client.ts'
import { type Registry } from './registry.ts'
import { registryPath } from './resource-id.ts'

/** The first API version with regional endpoints. The SDK speaks an older one and drops both fields, so the request is a raw one. */
export const PREVIEW_API = '2026-01-01-preview'

/** Whether the replicas of a registry can be addressed one by one, and under which hosts. */
export interface RegionalEndpoints {
  /** `unknown`: this cloud does not know the feature yet, which is as good as off. */
  readonly state: 'enabled' | 'disabled' | 'unknown'
  /** Host by short region name; empty unless enabled. */
  readonly hosts: ReadonlyMap<string, string>
  /** Docker Content Trust is on: the service refuses regional endpoints then. */
  readonly contentTrust: boolean
  /** The registry's own state, lower case. */
  readonly provisioningState: string
}

interface PreviewProperties {
  readonly provisioningState?: unknown
  readonly regionalEndpoints?: unknown
  readonly regionalEndpointHostNames?: unknown
  readonly policies?: { readonly trustPolicy?: { readonly status?: unknown } | null } | null
}

/**
 * Reads the regional endpoints of a registry. A service that does not know the version or the field means "off", not an error.
 *
 * @throws StepError `transient` for an answer that is no registry: taken for "off", it would end the proof of every region
 */
export async function readRegionalEndpoints(arm: Arm, registry: Registry): Promise<RegionalEndpoints> {
  const what = `Read regional endpoints of ${registry.name}`
  try {
    const answer = await arm.request(what, 'GET', arm.url(registryPath(registry), PREVIEW_API))
    const properties = (answer as { properties?: unknown } | null | undefined)?.properties
    if (typeof properties === 'object' && properties !== null) return toEndpoints(properties)
    throw new StepError('transient', `${what} failed: the answer is no registry`, {
      remedy: 'Something between the runner and Azure may change answers: run the job again.',
    })
  } catch (error) {
    // An API version nobody serves is a 400 (InvalidApiVersionParameter, NoRegisteredProviderFound) or a 404.
    if (isKind(error, 'invalid', 'not-found') && error.status !== undefined) {
      return { state: 'unknown', hosts: new Map(), contentTrust: false, provisioningState: '' }
    }
    throw error
  }
}

function toEndpoints(properties: PreviewProperties): RegionalEndpoints {
  const state = word(properties.regionalEndpoints)
  const names: unknown[] = Array.isArray(properties.regionalEndpointHostNames)
    ? properties.regionalEndpointHostNames
    : []
  const hosts = new Map<string, string>()
  for (const name of names) {
    const region = typeof name === 'string' ? regionOfHost(name) : undefined
    if (region !== undefined) hosts.set(region, String(name).toLowerCase())
  }
  const contentTrust = word(properties.policies?.trustPolicy?.status) === 'enabled'
  const provisioningState = word(properties.provisioningState)
  if (state === 'enabled') return { state, hosts, contentTrust, provisioningState }
  return { state: state === 'disabled' ? 'disabled' : 'unknown', hosts: new Map(), contentTrust, provisioningState }
}

/** The region of a regional endpoint: its second label (`contoso.japaneast.geo.azurecr.io`). */
export function regionOfHost(host: string): string | undefined {
  const [, region, geo] = host.toLowerCase().split('.')
  return geo === 'geo' && region !== '' ? region : undefined
}

/** A word of Azure's in lower case; empty for anything that is no text. */
function word(value: unknown): string {
  return typeof value === 'string' ? value.toLowerCase() : ''
}
