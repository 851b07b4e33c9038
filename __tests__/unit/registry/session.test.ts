import { describe, expect, test } from '@jest/globals'
import { StepError } from '../../../src/base/errors.ts'
import { type Answer, type RegistryRequest } from '../../../src/registry/http.ts'
import { type EntraToken, type SessionOptions, openSession } from '../../../src/registry/session.ts'
import { createFakeClock } from '../../support/fake-clock.ts'
import { LOGIN_SERVER, rejection } from '../fixtures.ts'

const REGIONAL = 'contoso.eastus.geo.azurecr.io'
const SCOPE = 'repository:web:pull'

const reply = (status: number, body: unknown = '', headers: Record<string, string> = {}): Answer => ({
  status,
  body: typeof body === 'string' ? body : JSON.stringify(body),
  header: name => headers[name],
})
const challenge = (realm: string, service = LOGIN_SERVER) =>
  reply(401, '', { 'www-authenticate': `Bearer realm="${realm}",service="${service}"` })
const entra = (audience: string, get: EntraToken['get'] = () => Promise.resolve(`entra ${audience}`)): EntraToken => ({
  kind: 'registry',
  audience,
  get,
})

/** ACR as a function: signs in, and answers all else with `resource`. Both may be taken over. */
function registry(
  resource: (request: RegistryRequest, token: string) => Answer | undefined = () => undefined,
  options: Partial<SessionOptions> = {},
) {
  const clock = createFakeClock()
  const asked: RegistryRequest[] = []
  const masked: string[] = []
  let serial = 0
  const session = openSession({
    loginServer: LOGIN_SERVER,
    isTrusted: host => host === REGIONAL,
    entraTokens: [entra('A')],
    missingRole: 'Give it AcrPush.',
    clock,
    signal: new AbortController().signal,
    mask: secret => masked.push(secret),
    onRetry: () => undefined,
    async send(_what, request) {
      asked.push(request)
      await Promise.resolve()
      const taken = resource(request, request.headers?.['authorization'] ?? '')
      if (taken !== undefined) return taken
      serial += 1
      if (request.path === '/v2/') return challenge(`https://${request.host}/oauth2/token`)
      if (request.path === '/oauth2/exchange') return reply(200, { refresh_token: `refresh ${serial}` })
      if (request.path === '/oauth2/token') return reply(200, { access_token: `access ${serial}` })
      return reply(200, 'body')
    },
    ...options,
  })
  const paths = () => asked.map(({ method, host, path }) => `${method} ${host}${path}`)
  const get = (attempts?: number, host = LOGIN_SERVER) =>
    session.request('Look-up', { method: 'GET', host, path: '/v2/web' }, SCOPE, attempts)
  return { session, clock, asked, masked, paths, get }
}

describe('signing in', () => {
  test('takes the steps of ACR, and masks every token before it is used', async () => {
    const { get, asked, paths, masked } = registry()
    expect((await get()).body).toBe('body')
    expect(paths()).toEqual([
      `GET ${LOGIN_SERVER}/v2/`,
      `POST ${LOGIN_SERVER}/oauth2/exchange`,
      `POST ${LOGIN_SERVER}/oauth2/token`,
      `GET ${LOGIN_SERVER}/v2/web`,
    ])
    expect(asked[1]?.form).toEqual({ grant_type: 'access_token', service: LOGIN_SERVER, access_token: 'entra A' })
    expect(asked[2]?.form).toEqual({
      grant_type: 'refresh_token',
      service: LOGIN_SERVER,
      scope: SCOPE,
      refresh_token: 'refresh 2',
    })
    expect(asked[3]?.headers).toEqual({ authorization: 'Bearer access 3' })
    expect(masked).toEqual(['refresh 2', 'access 3'])
  })

  test('asks for each token once, however many requests wait for it', async () => {
    const { get, paths } = registry()
    await Promise.all([get(), get(), get()])
    await get()
    expect(paths().filter(path => path.startsWith('POST') || path.endsWith('/v2/'))).toHaveLength(3)
  })

  test('a regional endpoint makes its own access token of the shared refresh token, for the service it names', async () => {
    const { get, asked, paths } = registry()
    await get(1, REGIONAL)
    expect(paths()).toContain(`POST ${REGIONAL}/oauth2/token`)
    expect(paths()).toContain(`POST ${LOGIN_SERVER}/oauth2/exchange`)
    expect(asked.find(({ path }) => path === '/oauth2/token')?.form?.['service']).toBe(LOGIN_SERVER)
  })

  test('tries the next audience where one is refused', async () => {
    const { session, asked } = registry(({ form }) => (form?.['access_token'] === 'entra A' ? reply(401) : undefined), {
      entraTokens: [entra('A'), entra('B')],
    })
    await session.refreshToken(LOGIN_SERVER)
    expect(asked.at(-1)?.form?.['access_token']).toBe('entra B')
  })

  test('tries the next audience where one cannot be had, and tells of the first when none is accepted', async () => {
    const missing = new StepError('auth', 'no token for this audience')
    const { session } = registry(({ path }) => (path === '/oauth2/exchange' ? reply(401) : undefined), {
      entraTokens: [entra('A', () => Promise.reject(missing)), entra('B')],
    })
    expect(await rejection(session.refreshToken(LOGIN_SERVER))).toBe(missing)
  })

  test('renews a token that has expired', async () => {
    const { get, clock, paths } = registry()
    await get()
    clock.advance(61_000)
    await get()
    expect(paths().filter(path => path.endsWith('/oauth2/token'))).toHaveLength(2)
  })

  test('gives docker a token for a host only where the challenge of that host leads to a host of the registry', async () => {
    const trusted = registry()
    expect(await trusted.session.refreshToken(REGIONAL)).toMatch(/^refresh/)
    expect(trusted.paths()).toContain(`GET ${REGIONAL}/v2/`)
    const { session, paths } = registry(({ host, path }) =>
      host === REGIONAL && path === '/v2/' ? challenge('https://evil.example/oauth2/token') : undefined,
    )
    expect(await rejection(session.refreshToken(REGIONAL))).toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('evil.example'),
    })
    expect(paths()).toEqual([`GET ${REGIONAL}/v2/`])
  })

  test('forgets all tokens when told to', async () => {
    const { session } = registry()
    const first = await session.refreshToken(LOGIN_SERVER)
    expect(await session.refreshToken(LOGIN_SERVER)).toBe(first)
    session.forget()
    expect(await session.refreshToken(LOGIN_SERVER)).not.toBe(first)
  })

  test('an answer without a token is tried again', async () => {
    let answers = 0
    const empty = ({ path }: RegistryRequest) =>
      path === '/oauth2/exchange' && (answers += 1) < 3 ? reply(200, '{"refresh_token":""}') : undefined
    const { session } = registry(empty)
    expect(await session.refreshToken(LOGIN_SERVER)).toMatch(/^refresh/)
    expect(answers).toBe(3)
  })
})

describe('where tokens may go', () => {
  test.each([
    ['another host', 'https://evil.example.com/oauth2/token'],
    ['a host that only begins like it', `https://${LOGIN_SERVER}.evil.example.com/oauth2/token`],
    ['the host in the user part', `https://${LOGIN_SERVER}@evil.example.com/oauth2/token`],
    ['plain http', `http://${LOGIN_SERVER}/oauth2/token`],
    ['no URL', 'oauth2/token'],
  ])('not to %s that a challenge names', async (_, realm) => {
    const { session, asked } = registry(({ path }) => (path === '/v2/' ? challenge(realm) : undefined))
    expect(await rejection(session.refreshToken(LOGIN_SERVER))).toMatchObject({
      kind: 'invalid',
      remedy: expect.any(String),
    })
    expect(asked.every(({ form, headers }) => form === undefined && headers === undefined)).toBe(true)
  })

  test('not to a host ARM did not name', async () => {
    const { get, asked } = registry()
    expect(await rejection(get(1, 'contoso.westus.geo.azurecr.io'))).toMatchObject({ kind: 'invalid' })
    expect(asked).toEqual([])
  })

  test.each([
    ['a 401 without a challenge', reply(401), 'does not sign in like a container registry'],
    ['no registry', reply(200, '<html>'), 'HTTP 200'],
  ])('not after %s', async (_, answer, words) => {
    const { session } = registry(({ path }) => (path === '/v2/' ? answer : undefined))
    expect(await rejection(session.refreshToken(LOGIN_SERVER))).toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining(words),
    })
  })
})

describe('request', () => {
  test('a 401 renews all tokens once', async () => {
    const used = new Set<string>()
    const { get } = registry(({ path }, token) => {
      if (path !== '/v2/web') return undefined
      used.add(token)
      return used.size === 1 ? reply(401) : reply(200, 'served')
    })
    expect((await get()).body).toBe('served')
    expect(used.size).toBe(2)
  })

  test.each([
    [401, 2],
    [403, 1],
  ])('a token refused with %d is asked for %d times', async (status, times) => {
    const { get, paths } = registry(({ path }) => (path === '/oauth2/token' ? reply(status) : undefined))
    expect(await rejection(get())).toMatchObject({ status })
    expect(paths().filter(path => path.endsWith('/oauth2/token'))).toHaveLength(times)
  })

  test('a second 401 is an error, and is not tried again', async () => {
    const { get, paths } = registry(({ path }) => (path === '/v2/web' ? reply(401) : undefined))
    expect(await rejection(get())).toMatchObject({ kind: 'auth', status: 401 })
    expect(paths().filter(path => path.endsWith('/v2/web'))).toHaveLength(2)
  })

  test.each([408, 429, 500, 503])('%d is tried again', async status => {
    let failures = 2
    const { get } = registry(({ path }) => (path === '/v2/web' && failures-- > 0 ? reply(status) : undefined))
    expect((await get()).status).toBe(200)
  })

  test('as often as it may, waiting as long as the registry asks', async () => {
    const { get, clock, paths } = registry(({ path }) =>
      path === '/v2/web' ? reply(429, '', { 'retry-after': '7' }) : undefined,
    )
    expect(await rejection(get(3))).toMatchObject({ kind: 'throttled', retryAfterMs: 7000 })
    expect([clock.sleeps, paths().filter(path => path.endsWith('/v2/web')).length]).toEqual([[7000, 7000], 3])
  })

  test.each([200, 307, 403, 404])('%d is for the caller to judge', async status => {
    const { get } = registry(({ path }) => (path === '/v2/web' ? reply(status) : undefined))
    expect((await get()).status).toBe(status)
  })

  test('an abort is what the caller hears', async () => {
    const reason = new StepError('cancelled', 'stop')
    const { get, asked } = registry(undefined, { signal: AbortSignal.abort(reason) })
    expect(await rejection(get())).toBe(reason)
    expect(asked).toEqual([])
  })
})
