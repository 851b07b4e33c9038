import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { type HttpClient, type PipelineRequest, createHttpHeaders } from '@azure/core-rest-pipeline'
import { chooseCloud, REGISTRY_SCOPE } from '../../../src/azure/cloud.ts'
import { createTokenSource } from '../../../src/azure/tokens.ts'
import { type Send } from '../../../src/registry/http.ts'
import { openSession } from '../../../src/registry/session.ts'
import { createFakeClock } from '../../support/fake-clock.ts'
import { LOGIN_SERVER } from '../fixtures.ts'

const REGIONAL = 'contoso.japaneast.geo.azurecr.io'
const SCOPE = 'repository:web:pull'
const AUTHORITY = 'https://login.example.com'
const APP = { clientId: '00000000-0000-4000-8000-000000000001', tenantId: '00000000-0000-4000-8000-000000000002' }
const cloud = chooseCloud('custom', 'https://management.example.com', AUTHORITY)

const LIFETIME_MS = 5 * 60_000
const LOOK_EVERY_MS = 15_000
const WAIT_MS = 2 * 3_600_000

const clock = createFakeClock()
beforeEach(() => {
  // MSAL has a cache and a clock of its own: the time of the day. Timers stay real.
  jest.useFakeTimers({
    now: clock.now(),
    doNotFake: [
      ...(['hrtime', 'performance', 'nextTick', 'queueMicrotask', 'setImmediate', 'clearImmediate'] as const),
      ...(['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] as const),
    ],
  })
})
afterEach(() => {
  jest.useRealTimers()
})

/** Everybody here issues tokens of five minutes, and takes none that is older. */
const issued: Record<string, number> = {}
const issue = (kind: string): string => {
  issued[kind] = (issued[kind] ?? 0) + 1
  const claims = { kind, exp: (clock.now() + LIFETIME_MS) / 1000 }
  return `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`
}
const isGood = (kind: string, token: string | null | undefined): boolean => {
  const claims = JSON.parse(Buffer.from((token ?? '').split('.')[1] ?? '', 'base64url').toString() || '{}') as {
    kind?: string
    exp?: number
  }
  return claims.kind === kind && (claims.exp ?? 0) * 1000 > clock.now()
}

const refused: string[] = []
const entra: HttpClient = {
  async sendRequest(request: PipelineRequest) {
    const reply = (status: number, body: object) => ({
      request,
      status,
      headers: createHttpHeaders({ 'content-type': 'application/json' }),
      bodyAsText: JSON.stringify(body),
    })
    if (request.url.includes('openid-configuration')) {
      const at = `${AUTHORITY}/${APP.tenantId}`
      return reply(200, {
        issuer: `${at}/v2.0`,
        token_endpoint: `${at}/oauth2/v2.0/token`,
        authorization_endpoint: `${at}/oauth2/v2.0/authorize`,
        jwks_uri: `${at}/discovery/v2.0/keys`,
      })
    }
    const form = new URLSearchParams(request.body as string)
    if (!isGood('assertion', form.get('client_assertion'))) {
      refused.push('assertion')
      return reply(401, { error: 'invalid_client', error_description: 'AADSTS700024: too late' })
    }
    const kind = form.get('scope')?.includes(REGISTRY_SCOPE) === true ? 'entra for registries' : 'entra for ARM'
    return reply(200, { token_type: 'Bearer', expires_in: LIFETIME_MS / 1000, access_token: issue(kind) })
  },
}

const registry: Send = async (_what, { host, path, form = {}, headers = {} }) => {
  const answer = (status: number, body: object = {}, sent: Record<string, string> = {}) => ({
    status,
    body: JSON.stringify(body),
    header: (name: string) => sent[name],
  })
  const refuse = (what: string) => {
    refused.push(`${what} at ${host}`)
    return answer(401)
  }
  if (path === '/v2/') {
    return answer(
      401,
      {},
      { 'www-authenticate': `Bearer realm="https://${host}/oauth2/token",service="${LOGIN_SERVER}"` },
    )
  }
  if (path === '/oauth2/exchange') {
    if (!isGood('entra for registries', form['access_token'])) return refuse('exchange')
    return answer(200, { refresh_token: issue('refresh') })
  }
  if (path === '/oauth2/token') {
    if (!isGood('refresh', form['refresh_token'])) return refuse('token')
    return answer(200, { access_token: issue(`access to ${host}`) })
  }
  const bearer = headers['authorization']?.replace('Bearer ', '')
  return isGood(`access to ${host}`, bearer) ? answer(200) : refuse('look')
}

test('a wait of two hours with tokens of five minutes meets no refusal: all are renewed in time, and none too often', async () => {
  const shared = { clock, signal: new AbortController().signal, mask: () => undefined, onRetry: () => undefined }
  const tokens = createTokenSource({
    ...shared,
    signIn: { method: 'oidc', ...APP },
    cloud,
    http: entra,
    idToken: () => Promise.resolve(issue('assertion')),
    askCli: () => Promise.reject(new Error('no CLI')),
    lacking: '',
  })
  const get = async () => (await tokens.getToken(REGISTRY_SCOPE)).token
  const session = openSession({
    ...shared,
    loginServer: LOGIN_SERVER,
    isTrusted: host => host === REGIONAL,
    missingRole: '',
    entraTokens: [{ kind: 'registry', audience: 'container registries', get }],
    send: registry,
  })
  const end = clock.now() + WAIT_MS
  while (clock.now() < end) {
    const { token } = await tokens.getToken(cloud.armScope)
    expect(isGood('entra for ARM', token)).toBe(true)
    for (const host of [LOGIN_SERVER, REGIONAL]) {
      const answer = await session.request('Look-up', { method: 'GET', host, path: '/v2/web' }, SCOPE, 1)
      expect(answer.status).toBe(200)
    }
    clock.advance(LOOK_EVERY_MS)
    jest.setSystemTime(clock.now())
  }
  expect(refused).toEqual([])
  // At least one for every five minutes, at most one for every half of them.
  const kinds = ['entra for ARM', 'entra for registries', 'refresh']
  for (const kind of [...kinds, `access to ${LOGIN_SERVER}`, `access to ${REGIONAL}`]) {
    expect({ kind, renewed: issued[kind] }).toEqual({ kind, renewed: expect.any(Number) })
    expect(issued[kind]).toBeGreaterThanOrEqual(WAIT_MS / LIFETIME_MS)
    expect(issued[kind]).toBeLessThanOrEqual((2 * WAIT_MS) / LIFETIME_MS)
  }
  // One for every token of Entra.
  expect(issued['assertion']).toBe((issued['entra for ARM'] ?? 0) + (issued['entra for registries'] ?? 0))
})
