import { type Answer, json } from '../http/answer.ts'
import { type Call, readForm } from '../http/call.ts'
import { type Scenario } from '../scenario.ts'
import { audienceOf } from './audience.ts'
import { type ClientAuthentication } from './client-authentication.ts'
import { entraError } from './entra-error.ts'
import { type TokenSigner } from './token-signer.ts'

export interface EntraParts {
  scenario: Scenario
  signer: TokenSigner
  /** https URL of this authority, without a slash at the end. */
  address: () => string
  /** https URL of the local ARM. */
  armAddress: () => string
  authenticate: ClientAuthentication
}

/**
 * Entra ID's v2.0 endpoints for applications, and the same under `/adfs` (which is how `az` is pointed at a private authority without instance
 * discovery).
 */
export function entra(parts: EntraParts): (call: Call) => Promise<Answer> {
  return async call => {
    const [, tenant = '', ...rest] = call.url.pathname.split('/')
    const path = rest.join('/').toLowerCase()
    if (path === 'discovery/v2.0/keys' || path === 'discovery/keys') return json(200, await parts.signer.keySet())
    if (path === 'discovery/instance') return instanceDiscovery(parts)
    const known = knownTenant(parts.scenario, tenant)
    if (path.endsWith('.well-known/openid-configuration'))
      return known ? discovery(parts, tenant) : unknownTenant(tenant)
    if (call.method === 'POST' && (path === 'oauth2/v2.0/token' || path === 'oauth2/token')) {
      return known ? token(parts, await readForm(call)) : unknownTenant(tenant)
    }
    return json(404, { error: 'not_found' })
  }
}

function knownTenant(scenario: Scenario, tenant: string): boolean {
  return [scenario.tenantId, 'adfs', 'contoso.onmicrosoft.com'].includes(tenant.toLowerCase())
}

function unknownTenant(tenant: string): Answer {
  return entraError(
    400,
    'invalid_request',
    90002,
    `Tenant '${tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.`,
  )
}

function discovery({ address }: EntraParts, tenant: string): Answer {
  const adfs = tenant === 'adfs'
  const base = `${address()}/${tenant}`
  const oauth = adfs ? `${base}/oauth2` : `${base}/oauth2/v2.0`
  return json(200, {
    token_endpoint: `${oauth}/token`,
    token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
    jwks_uri: adfs ? `${base}/discovery/keys` : `${base}/discovery/v2.0/keys`,
    response_modes_supported: ['query', 'fragment', 'form_post'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token'],
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    issuer: adfs ? base : `${base}/v2.0`,
    authorization_endpoint: `${oauth}/authorize`,
    device_authorization_endpoint: `${oauth}/devicecode`,
    end_session_endpoint: `${oauth}/logout`,
    tenant_region_scope: 'WW',
    cloud_instance_name: 'localhost',
  })
}

function instanceDiscovery({ address, scenario }: EntraParts): Answer {
  const { host } = new URL(address())
  return json(200, {
    tenant_discovery_endpoint: `${address()}/${scenario.tenantId}/v2.0/.well-known/openid-configuration`,
    'api-version': '1.1',
    metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
  })
}

async function token(parts: EntraParts, form: URLSearchParams): Promise<Answer> {
  const { scenario } = parts
  if (form.get('grant_type') !== 'client_credentials') {
    return entraError(
      400,
      'unsupported_grant_type',
      70003,
      `The app requested an unsupported grant type '${form.get('grant_type') ?? ''}'.`,
    )
  }
  const refused = await parts.authenticate(form)
  if (refused) return refused
  if (scenario.identity.blocked) {
    return entraError(
      400,
      'invalid_grant',
      53003,
      'Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.',
    )
  }
  const resource = form.get('resource') ?? (form.get('scope') ?? '').replace(/\/\.default$/, '')
  if (!audienceOf(resource, parts.armAddress())) return unknownResource(parts, resource)
  return json(
    200,
    {
      token_type: 'Bearer',
      expires_in: scenario.identity.lifetimes.entra,
      ext_expires_in: scenario.identity.lifetimes.entra,
      access_token: await applicationToken(parts, resource),
    },
    { 'cache-control': 'no-store, no-cache', pragma: 'no-cache' },
  )
}

function unknownResource({ scenario }: EntraParts, resource: string): Answer {
  return entraError(
    400,
    'invalid_resource',
    500011,
    `The resource principal named ${resource} was not found in the tenant named ${scenario.tenantId}. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant.`,
  )
}

/** An app-only access token, as Entra issues it to a service principal or a managed identity. */
export async function applicationToken({ scenario, signer }: EntraParts, resource: string): Promise<string> {
  const { identity, tenantId } = scenario
  return signer.sign(
    {
      aud: resource,
      iss: `https://sts.windows.net/${tenantId}/`,
      appid: identity.clientId,
      appidacr: '1',
      idp: `https://sts.windows.net/${tenantId}/`,
      idtyp: 'app',
      oid: identity.objectId,
      sub: identity.objectId,
      tid: tenantId,
      ver: '1.0',
    },
    identity.lifetimes.entra,
  )
}
