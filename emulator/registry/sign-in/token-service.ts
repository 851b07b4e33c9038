import { randomUUID } from 'node:crypto'
import { type JWTPayload } from 'jose'
import { audienceOf } from '../../entra/audience.ts'
import { type Access } from '../../entra/permissions.ts'
import { type TokenSigner } from '../../entra/token-signer.ts'
import { type Answer, json } from '../../http/answer.ts'
import { authorization, type Call, readForm } from '../../http/call.ts'
import { type RegistrySettings, type Scenario } from '../../scenario.ts'
import { commonHeaders, registryError } from '../registry-error.ts'
import { type Grant, grantable, readScope } from './scope.ts'

export interface TokenServiceParts {
  scenario: Scenario
  settings: RegistrySettings
  access: Access
  /** Entra's key, to check what is exchanged. */
  entra: TokenSigner
  /** The registry's own key. */
  signer: TokenSigner
  /** The service of every token, on whatever host it is asked for: host:port of the global login server. */
  service: () => string
  armAddress: () => string
}

const unauthorized = 'authentication required, visit https://aka.ms/acr/authorization for more information.'
const tokenUser = '00000000-0000-0000-0000-000000000000'

/** ACR's sign-in: `/oauth2/exchange` (Entra token → refresh token) and `/oauth2/token` (refresh token or Basic → access token). */
export class TokenService {
  readonly #parts: TokenServiceParts

  constructor(parts: TokenServiceParts) {
    this.#parts = parts
  }

  async serve(call: Call): Promise<Answer | undefined> {
    const route = `${call.method} ${call.url.pathname}`
    if (route === 'POST /oauth2/exchange') return this.#exchange(await readForm(call))
    if (route === 'POST /oauth2/token') return this.#tokenByForm(await readForm(call))
    if (route === 'GET /oauth2/token') return this.#tokenByBasic(call)
    return undefined
  }

  /** The grants of an access token of this registry; undefined where it is none, or its time is over. */
  async grantsOf(accessToken: string): Promise<Grant[] | undefined> {
    const claims = await this.#own(accessToken)
    return claims?.['grant_type'] === 'access_token' ? ((claims['access'] ?? []) as Grant[]) : undefined
  }

  async #exchange(form: URLSearchParams): Promise<Answer> {
    const grant = form.get('grant_type')
    if (grant !== 'access_token' && grant !== 'access_token_refresh_token')
      return badRequest(`unsupported grant type '${grant ?? ''}'`)
    if (form.get('service') !== this.#parts.service())
      return badRequest(`unknown service '${form.get('service') ?? ''}'`)
    const claims = await this.#parts.entra.verify(form.get('access_token') ?? '')
    if (claims === undefined || claims === 'expired' || !this.#accepts(claims)) return refuse()
    return json(200, { refresh_token: await this.#refreshToken() }, this.#headers())
  }

  /** The audience rule: registry tokens always, ARM tokens while the registry's policy allows them; and some role must exist. */
  #accepts(claims: JWTPayload): boolean {
    const { settings, armAddress, access, scenario } = this.#parts
    const audience = audienceOf(String(claims.aud), armAddress())
    const fits = audience === 'registry' || (audience === 'arm' && settings.armAudience === 'enabled')
    return fits && claims['tid'] === scenario.tenantId && access.known
  }

  async #tokenByForm(form: URLSearchParams): Promise<Answer> {
    // containerd tries the password grant first; ACR answers 400 and containerd falls back to GET with Basic.
    if (form.get('grant_type') !== 'refresh_token')
      return badRequest(`unsupported grant type '${form.get('grant_type') ?? ''}'`)
    if (form.get('service') !== this.#parts.service())
      return badRequest(`unknown service '${form.get('service') ?? ''}'`)
    const refresh = form.get('refresh_token') ?? ''
    if (!(await this.#isRefresh(refresh))) return refuse()
    return json(200, { access_token: await this.#accessToken(scopesOf(form)) }, this.#headers())
  }

  async #tokenByBasic(call: Call): Promise<Answer> {
    const query = call.url.searchParams
    const basic = Buffer.from(authorization(call, 'Basic') ?? '', 'base64').toString('utf8')
    const colon = basic.indexOf(':')
    const [user, password] = [basic.slice(0, Math.max(colon, 0)), basic.slice(colon + 1)]
    const { clientId, clientSecret } = this.#parts.scenario.identity
    const isApplication = user.toLowerCase() === clientId && password === clientSecret && this.#parts.access.known
    const own = user === tokenUser ? await this.#own(password) : undefined
    if (!isApplication && !own) return refuse(scopesOf(query)[0])
    // An ACR access token as password gives no more than it already holds.
    const held = own?.['grant_type'] === 'access_token' ? (own['access'] as Grant[]) : undefined
    const access = await this.#accessToken(scopesOf(query), held)
    const offline = query.get('offline_token') === 'true' && !held
    return json(
      200,
      { access_token: access, ...(offline ? { refresh_token: await this.#refreshToken() } : {}) },
      this.#headers(),
    )
  }

  async #isRefresh(token: string): Promise<boolean> {
    const claims = await this.#own(token)
    return claims?.['grant_type'] === 'refresh_token'
  }

  /** The claims of a token of this registry; a change of the role mode ends every refresh token issued before. */
  async #own(token: string): Promise<JWTPayload | undefined> {
    const claims = await this.#parts.signer.verify(token)
    if (claims === undefined || claims === 'expired') return undefined
    const { service, settings } = this.#parts
    const isCurrent = claims['grant_type'] !== 'refresh_token' || claims['mode'] === settings.roleAssignmentMode
    return claims.aud === service() && isCurrent ? claims : undefined
  }

  /** A refresh token; */
  async #refreshToken(): Promise<string> {
    return this.#issue(
      {
        grant_type: 'refresh_token',
        mode: this.#parts.settings.roleAssignmentMode,
        permissions: { actions: ['read', 'write', 'delete'] },
      },
      this.#parts.scenario.identity.lifetimes.refresh,
    )
  }

  async #accessToken(scopes: string[], held?: Grant[]): Promise<string> {
    const { access, settings, scenario } = this.#parts
    const grants = scopes
      .map(readScope)
      .filter(scope => scope !== undefined)
      .map(wish => grantable(wish, access, settings))
      .map(grant =>
        held
          ? { ...grant, Actions: grant.Actions.filter(action => allows(held, grant.Type, grant.Name, action)) }
          : grant,
      )
      .filter(grant => grant.Actions.length > 0)
    return this.#issue({ grant_type: 'access_token', access: grants }, scenario.identity.lifetimes.access)
  }

  #issue(claims: Record<string, unknown>, lifetime: number): Promise<string> {
    const { signer, service, scenario } = this.#parts
    return signer.sign(
      {
        jti: randomUUID(),
        sub: scenario.identity.clientId,
        iss: 'Azure Container Registry',
        aud: service(),
        version: '2.0',
        tenant: scenario.tenantId,
        roles: [],
        ...claims,
      },
      lifetime,
    )
  }

  #headers(): Record<string, string> {
    return { ...commonHeaders(), 'x-ms-ratelimit-remaining-calls-per-second': '166.65' }
  }
}

/** Do these grants cover an action? */
export function allows(grants: Grant[], type: string, name: string, action: string): boolean {
  return grants.some(
    grant =>
      grant.Type === type && grant.Name === name && (grant.Actions.includes(action) || grant.Actions.includes('*')),
  )
}

/** Scopes may be repeated, or come in one value with spaces. */
function scopesOf(parameters: URLSearchParams): string[] {
  return parameters
    .getAll('scope')
    .flatMap(scope => scope.split(' '))
    .filter(scope => scope !== '')
}

function refuse(scope?: string): Answer {
  const wish = readScope(scope ?? '')
  return registryError(
    'UNAUTHORIZED',
    unauthorized,
    wish && wish.Actions.map(Action => ({ Type: wish.Type, Name: wish.Name, Action })),
  )
}

function badRequest(message: string): Answer {
  return json(400, { errors: [{ code: 'BAD_REQUEST', message }] }, commonHeaders())
}
