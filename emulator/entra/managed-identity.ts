import { type Answer, json } from '../http/answer.ts'
import { type Call } from '../http/call.ts'
import { audienceOf } from './audience.ts'
import { applicationToken, type EntraParts } from './entra.ts'

/** What a caller of the App Service endpoint must send as X-IDENTITY-HEADER. */
export const identityHeader = '853b9a84-5bfa-4b22-a3f3-0b9a43d9ad8a'

/**
 * Tokens of a managed identity, plain http on loopback: the instance metadata service (`/metadata/identity/oauth2/token`, `Metadata: true`) and App
 * Service's endpoint (`/msi/token`, `X-IDENTITY-HEADER`).
 */
export function managedIdentity(parts: EntraParts): (call: Call) => Promise<Answer> {
  return async call => {
    const { identity } = parts.scenario
    const query = call.url.searchParams
    const path = call.url.pathname.replace(/\/$/, '')
    const isMetadata = path === '/metadata/identity/oauth2/token'
    if (!isMetadata && path !== '/msi/token') return json(404, { error: 'not_found' })
    const allowed = isMetadata
      ? call.headers['metadata'] === 'true'
      : call.headers['x-identity-header'] === identityHeader
    if (!allowed)
      return json(400, { error: 'invalid_request', error_description: 'Required metadata header not specified' })
    const wanted = query.get('client_id')
    if (wanted !== null && wanted !== identity.clientId)
      return json(400, { error: 'invalid_request', error_description: 'Identity not found' })
    const resource = query.get('resource') ?? ''
    if (!audienceOf(resource, parts.armAddress())) {
      return json(400, {
        error: 'invalid_resource',
        error_description: `AADSTS500011: The resource principal named ${resource} was not found in the tenant.`,
      })
    }
    const expires = Math.floor(Date.now() / 1000 + identity.lifetimes.entra)
    return json(200, {
      access_token: await applicationToken(parts, resource),
      client_id: identity.clientId,
      expires_in: String(identity.lifetimes.entra),
      expires_on: String(expires),
      ext_expires_in: String(identity.lifetimes.entra),
      not_before: String(Math.floor(Date.now() / 1000)),
      resource,
      token_type: 'Bearer',
    })
  }
}
