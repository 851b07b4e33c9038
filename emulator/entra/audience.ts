/** The application ids Entra knows here: who a token is for. */
export type Audience = 'arm' | 'registry'

const armResources = [
  'https://management.azure.com',
  'https://management.core.windows.net',
  'https://management.usgovcloudapi.net',
  'https://management.core.usgovcloudapi.net',
  'https://management.chinacloudapi.cn',
  'https://management.core.chinacloudapi.cn',
]
const registryResource = 'https://containerregistry.azure.net'

/** Which service a resource (the `aud` of a token, a scope without `/.default`) names; the local ARM's own address counts as ARM. */
export function audienceOf(resource: string, localArm: string): Audience | undefined {
  const bare = resource.replace(/\/+$/, '')
  if (armResources.includes(bare) || bare === localArm.replace(/\/+$/, '')) return 'arm'
  return bare === registryResource ? 'registry' : undefined
}
