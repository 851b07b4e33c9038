import { type Answer } from '../../http/answer.ts'
import { authorization, type Call } from '../../http/call.ts'
import { metadataPath } from '../acr-metadata.ts'
import { ociPath } from '../oci/route.ts'
import { registryError } from '../registry-error.ts'
import { type Grant } from './scope.ts'
import { allows, type TokenService } from './token-service.ts'

/**
 * Lets a request to /v2 or /acr/v1 pass, or answers 401 with the challenge. ACR answers 401 for a missing permission too, never 403, and without
 * `error="insufficient_scope"`: docker would say `denied`, but users see `unauthorized: authentication required, visit …`. The realm is the host
 * the client uses, the service always the global login server.
 */
export async function challenge(call: Call, tokens: TokenService, service: string): Promise<Answer | undefined> {
  const wish = needs(call)
  const bearer = authorization(call, 'Bearer')
  const grants = bearer === undefined ? undefined : await tokens.grantsOf(bearer)
  const missing = wish?.Actions.filter(action => !grants || !allows(grants, wish.Type, wish.Name, action)) ?? []
  if (grants && missing.length === 0) return undefined
  const scope = wish && `${wish.Type}:${wish.Name}:${wish.Actions.join(',')}`
  const parts = [
    `realm="https://${call.host}/oauth2/token"`,
    `service="${service}"`,
    ...(scope === undefined ? [] : [`scope="${scope}"`]),
    ...(bearer === undefined || grants ? [] : ['error="invalid_token"']),
  ]
  return registryError(
    'UNAUTHORIZED',
    'authentication required, visit https://aka.ms/acr/authorization for more information.',
    wish ? missing.map(Action => ({ Type: wish.Type, Name: wish.Name, Action })) : undefined,
    { 'www-authenticate': `Bearer ${parts.join(',')}` },
  )
}

/** The grant a request needs; undefined = any valid token will do. */
function needs({ method, url }: Call): Grant | undefined {
  if (url.pathname === '/v2/_catalog' || url.pathname === '/acr/v1/_catalog')
    return { Type: 'registry', Name: 'catalog', Actions: ['*'] }
  const metadata = metadataPath(url.pathname)
  if (metadata) return { Type: 'repository', Name: metadata.repository, Actions: ['metadata_read'] }
  const path = ociPath(url.pathname)
  if (!path) return undefined
  const actions =
    method === 'GET' || method === 'HEAD'
      ? ['pull']
      : method === 'DELETE' && path.kind !== 'uploads'
        ? ['delete']
        : ['pull', 'push']
  // An upload is part of a push, also where its progress is only read.
  return { Type: 'repository', Name: path.repository, Actions: path.kind === 'uploads' ? ['pull', 'push'] : actions }
}
