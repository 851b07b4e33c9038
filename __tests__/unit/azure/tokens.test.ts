import { describe, expect, test } from '@jest/globals'
import { type HttpClient, type PipelineRequest, createHttpHeaders } from '@azure/core-rest-pipeline'
import { chooseCloud } from '../../../src/azure/cloud.ts'
import { type SignIn } from '../../../src/azure/sign-in.ts'
import { createTokenSource } from '../../../src/azure/tokens.ts'
import { type RetryNotice } from '../../../src/base/retry.ts'
import { createFakeClock } from '../../support/fake-clock.ts'
import { rejection } from '../fixtures.ts'

const SCOPE = 'https://management.example.com/.default'
const OTHER = 'https://containerregistry.azure.net/.default'
const AUTHORITY = 'https://login.example.com'
const APP = { clientId: '00000000-0000-4000-8000-000000000001', tenantId: '00000000-0000-4000-8000-000000000002' }
const SECRET: SignIn = { method: 'secret', ...APP, clientSecret: 'S3CRET' }
const OIDC: SignIn = { method: 'oidc', ...APP }

type Reply = readonly [status: number, body: object, headers?: Record<string, string>]

type Refuse = (asked: number) => Reply | undefined

const BASE = `${AUTHORITY}/${APP.tenantId}`
const METADATA = {
  issuer: `${BASE}/v2.0`,
  jwks_uri: `${BASE}/discovery/v2.0/keys`,
  authorization_endpoint: `${BASE}/oauth2/v2.0/authorize`,
  token_endpoint: `${BASE}/oauth2/v2.0/token`,
  end_session_endpoint: `${BASE}/oauth2/v2.0/logout`,
}

/** Entra as a function: its metadata, and tokens that are numbered. Both may be refused instead. */
function entra(refuse: Refuse, refuseMetadata: Refuse) {
  const forms: URLSearchParams[] = []
  let metadata = 0
  const replyTo = (request: PipelineRequest): Reply => {
    if (request.url.includes('openid-configuration')) return refuseMetadata((metadata += 1)) ?? [200, METADATA]
    forms.push(new URLSearchParams(request.body as string))
    return (
      refuse(forms.length) ?? [200, { token_type: 'Bearer', expires_in: 3600, access_token: `token ${forms.length}` }]
    )
  }
  const http: HttpClient = {
    async sendRequest(request) {
      const [status, body, headers = {}] = replyTo(request)
      return {
        request,
        status,
        headers: createHttpHeaders({ 'content-type': 'application/json', ...headers }),
        bodyAsText: JSON.stringify(body),
      }
    },
  }
  return { http, forms }
}

function source(signIn: SignIn, refuse: Refuse = () => undefined, refuseMetadata: Refuse = () => undefined) {
  const clock = createFakeClock(Date.now())
  const notices: RetryNotice[] = []
  const masked: string[] = []
  const { http, forms } = entra(refuse, refuseMetadata)
  const end = new AbortController()
  const claims = Buffer.from(JSON.stringify({ iss: 'i', sub: 'repo:o/r:ref:x', aud: 'a' })).toString('base64url')
  let assertions = 0
  const tokens = createTokenSource({
    signIn,
    cloud: chooseCloud('custom', 'https://management.example.com', AUTHORITY),
    http,
    clock,
    signal: end.signal,
    idToken: async audience => {
      expect(audience).toBe('api://AzureADTokenExchange')
      assertions += 1
      return `e30.${claims}.${assertions}`
    },
    mask: secret => masked.push(secret),
    onRetry: notice => notices.push(notice),
    askCli: () => Promise.reject(new Error('no CLI')),
    lacking: '',
  })
  const get = async (scope = SCOPE) => (await tokens.getToken(scope)).token
  return { clock, tokens, get, notices, masked, forms, end, assertion: (nth: number) => `e30.${claims}.${nth}` }
}

describe('createTokenSource', () => {
  test('asks once for all who want a token of a scope, masks it and keeps it', async () => {
    const { get, forms, masked } = source(SECRET)
    expect(await Promise.all([get(), get()])).toEqual(['token 1', 'token 1'])
    expect(await get()).toBe('token 1')
    expect([forms.length, masked]).toEqual([1, ['token 1']])
    expect(forms[0]?.get('scope')).toContain(SCOPE)
  })

  test('every scope has a token of its own', async () => {
    const { get, forms } = source(SECRET)
    await get()
    expect(await get(OTHER)).toBe('token 2')
    expect(forms[1]?.get('scope')).toContain(OTHER)
  })

  test('presents GitHub’s token, masked, and never a secret', async () => {
    const { get, forms, masked, assertion } = source(OIDC)
    await get()
    expect(forms[0]?.get('client_assertion')).toBe(assertion(1))
    expect(forms[0]?.has('client_secret')).toBe(false)
    expect(masked).toEqual(expect.arrayContaining([assertion(1), 'token 1']))
    expect(masked.indexOf(assertion(1))).toBeLessThan(masked.indexOf('token 1'))
  })

  test('fetches an assertion for every token, and for every attempt', async () => {
    const { get, forms, assertion } = source(OIDC, asked => (asked === 2 ? [503, { error: 'busy' }] : undefined))
    await get()
    await get(OTHER)
    expect(forms.map(form => form.get('client_assertion'))).toEqual([assertion(1), assertion(2), assertion(3)])
  })

  test.each<[string, Reply]>([
    ['is busy', [503, { error: 'temporarily_unavailable', error_description: 'busy' }]],
    ['throttles', [429, { error: 'too_many', error_description: 'slow down' }]],
    ['asks for time', [503, { error: 'x', error_description: 'busy' }, { 'retry-after': '7' }]],
  ])('tries again while Entra %s', async (_, reply) => {
    const { get, clock, notices } = source(SECRET, asked => (asked <= 2 ? reply : undefined))
    expect(await get()).toBe('token 3')
    expect(notices).toHaveLength(2)
    if (reply[2] !== undefined) expect(clock.sleeps).toEqual([7000, 7000])
  })

  test('tries again while Entra cannot even say where its tokens are', async () => {
    const { get, notices } = source(SECRET, undefined, asked => (asked <= 2 ? [503, {}] : undefined))
    expect(await get()).toBe('token 1')
    expect(notices.length).toBeGreaterThan(0)
  })

  test('what another try cannot help fails at once, in words, and is asked again the next time', async () => {
    const wrong = { error: 'invalid_client', error_description: 'AADSTS7000215: Invalid client secret provided.' }
    const { get, notices } = source(SECRET, asked => (asked === 1 ? [401, wrong] : undefined))
    const error = await rejection(get())
    expect(error).toMatchObject({ kind: 'auth', code: 'AADSTS7000215', remedy: expect.stringContaining('its value') })
    expect(JSON.stringify([error.message, error.remedy])).not.toContain('S3CRET')
    expect(notices).toEqual([])
    expect(await get()).toBe('token 2')
  })

  test('says which claims were presented where no federated credential matches', async () => {
    const wrong = { error: 'invalid_client', error_description: 'AADSTS700213: No matching record found.' }
    const { get, assertion } = source(OIDC, () => [401, wrong])
    const error = await rejection(get())
    expect(error.remedy).toContain('issuer i, subject repo:o/r:ref:x, audience a')
    expect(JSON.stringify([error.message, error.remedy])).not.toContain(assertion(1))
  })

  test('lets go of a token that was refused before its time, but not of a new one', async () => {
    const { get, tokens, clock } = source(SECRET)
    expect(tokens.forget(SCOPE)).toBe(false)
    await get()
    expect([tokens.forget(SCOPE), await get()]).toEqual([false, 'token 1'])
    clock.advance(60_000)
    expect([tokens.forget(SCOPE), await get()]).toEqual([true, 'token 2'])
  })

  test('does not begin once aborted', async () => {
    const { get, end, forms } = source(SECRET)
    const reason = new Error('stop')
    end.abort(reason)
    expect(await rejection(get())).toBe(reason)
    expect(forms).toEqual([])
  })
})
