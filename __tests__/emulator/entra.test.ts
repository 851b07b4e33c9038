import { generateKeyPairSync } from 'node:crypto'
import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { decodeJwt, type JWTPayload, SignJWT } from 'jose'
import { issueCertificate } from '../../emulator/http/certificate.ts'
import { type Emulator, type ScenarioInput, startEmulator } from '../../emulator/index.ts'
import {
  armAudience,
  armClient,
  ask,
  credential,
  entraToken,
  registryAudience,
  type Reply,
  until,
  withEmulator,
} from './clients.ts'

let emulator: Emulator
beforeAll(async () => {
  emulator = await startEmulator()
})
afterAll(() => emulator.stop())

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

function tokenRequest(on: Emulator, form: Record<string, string>, tenant = on.ready.tenantId): Promise<Reply> {
  return ask(on, `${on.ready.authorityHost}/${tenant}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: on.ready.clientId,
      scope: `${armAudience}/.default`,
      ...form,
    }),
  })
}

async function githubToken(on: Emulator, audience = 'api://AzureADTokenExchange'): Promise<string> {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: bearer } = on.ready.env
  const reply = await ask(on, `${url}&audience=${encodeURIComponent(audience)}`, {
    headers: { authorization: `Bearer ${bearer}` },
  })
  return reply.json<{ value: string }>().value
}

const numbers = (reply: Reply) => reply.json<{ error_codes: number[] }>().error_codes

describe('discovery', () => {
  test.each(['11111111-1111-1111-1111-111111111111/v2.0', 'adfs'])('%s', async tenant => {
    const base = emulator.ready.authorityHost
    const reply = await ask(emulator, `${base}/${tenant}/.well-known/openid-configuration`)
    expect(reply.json()).toMatchObject({
      token_endpoint: expect.stringContaining(`${base}/`) as unknown,
      authorization_endpoint: expect.stringContaining('/authorize') as unknown,
    })
  })

  test('its keys verify its tokens', async () => {
    const keys = await ask(emulator, `${emulator.ready.authorityHost}/${emulator.ready.tenantId}/discovery/v2.0/keys`)
    expect(keys.json<{ keys: object[] }>().keys).toEqual([expect.objectContaining({ kty: 'RSA', alg: 'RS256' })])
  })
})

describe('tokens', () => {
  test.each([
    [armAudience, armAudience],
    ['https://management.core.windows.net/', 'https://management.core.windows.net/'],
    [registryAudience, registryAudience],
  ])('for %s', async (resource, audience) => {
    const claims = decodeJwt(await entraToken(emulator, resource))
    expect(claims).toMatchObject({ aud: audience, tid: emulator.ready.tenantId, appid: emulator.ready.clientId })
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(3600)
  })

  test('for the ARM of this emulator, which the SDK names with its own address', async () => {
    const token = await credential(emulator).getToken(`${emulator.ready.resourceManagerEndpoint}/.default`)
    expect(decodeJwt(token.token).aud).toBe(emulator.ready.resourceManagerEndpoint)
  })

  test('by GitHub’s assertion', async () => {
    const reply = await tokenRequest(emulator, {
      client_assertion: await githubToken(emulator),
      client_assertion_type: assertionType,
    })
    expect(reply.status).toBe(200)
  })

  test('by a certificate of the application', async () => {
    const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const certificate = issueCertificate({
      subject: 'app',
      publicKey: keys.publicKey,
      issuer: 'app',
      issuerPublicKey: keys.publicKey,
      issuerKey: keys.privateKey,
      names: ['app.localhost'],
    })
    await withEmulator({ identity: { certificate } }, async on => {
      const assertion = (key: typeof keys.privateKey, exp: string) =>
        new SignJWT({ iss: on.ready.clientId, sub: on.ready.clientId, aud: on.ready.authorityHost })
          .setProtectedHeader({ alg: 'ES256' })
          .setIssuedAt()
          .setExpirationTime(exp)
          .sign(key)
      const send = async (key: typeof keys.privateKey, exp = '5m') =>
        tokenRequest(on, { client_assertion: await assertion(key, exp), client_assertion_type: assertionType })
      expect((await send(keys.privateKey)).status).toBe(200)
      expect(numbers(await send(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey))).toEqual([700027])
      expect(numbers(await send(keys.privateKey, '-1m'))).toEqual([700024])
    })
  })
})

describe('refusals, in Entra’s shape', () => {
  test.each<[string, Record<string, string>, number]>([
    ['a wrong secret', { client_secret: 'no' }, 7000215],
    ['no secret at all', {}, 7000216],
    ['an application there is not', { client_id: '99999999-9999-9999-9999-999999999999', client_secret: 'no' }, 700016],
    ['a resource there is not', { client_secret: 'right', scope: 'https://nothing.example/.default' }, 500011],
    ['another grant', { grant_type: 'password', client_secret: 'right' }, 70003],
    ['an assertion that is none', { client_assertion: 'no', client_assertion_type: assertionType }, 50027],
  ])('%s', async (_what, form, number) => {
    const secret = form['client_secret'] === 'right' ? { client_secret: emulator.ready.clientSecret } : {}
    const reply = await tokenRequest(emulator, { ...form, ...secret })
    expect(numbers(reply)).toEqual([number])
    expect(reply.json()).toMatchObject({
      error_description: expect.stringMatching(new RegExp(`^AADSTS${number}: `)) as unknown,
    })
  })

  test('another tenant', async () => {
    const reply = await tokenRequest(
      emulator,
      { client_secret: emulator.ready.clientSecret },
      '88888888-8888-8888-8888-888888888888',
    )
    expect([reply.status, numbers(reply)]).toEqual([400, [90002]])
  })

  test.each<[string, ScenarioInput, string, number]>([
    ['another subject', { github: { ref: 'refs/heads/feature' } }, 'api://AzureADTokenExchange', 700213],
    ['another audience', {}, 'api://SomethingElse', 700212],
    [
      'an assertion past its five minutes',
      { identity: { lifetimes: { github: 0.01 } } },
      'api://AzureADTokenExchange',
      700024,
    ],
    ['conditional access', { identity: { blocked: true } }, 'api://AzureADTokenExchange', 53003],
  ])('a workflow with %s', async (_what, scenario, audience, number) => {
    await withEmulator(scenario, async on => {
      const assertion = await githubToken(on, audience)
      await new Promise(resolve => setTimeout(resolve, 20))
      expect(
        numbers(await tokenRequest(on, { client_assertion: assertion, client_assertion_type: assertionType })),
      ).toEqual([number])
    })
  })

  test('an assertion somebody else signed', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const claims: JWTPayload = decodeJwt(await githubToken(emulator))
    const forged = await new SignJWT(claims).setProtectedHeader({ alg: 'RS256' }).sign(privateKey)
    expect(
      numbers(await tokenRequest(emulator, { client_assertion: forged, client_assertion_type: assertionType })),
    ).toEqual([700027])
  })

  test('GitHub gives no token without its bearer', async () => {
    const reply = await ask(emulator, emulator.ready.env['ACTIONS_ID_TOKEN_REQUEST_URL'] ?? '', {
      headers: { authorization: 'Bearer no' },
    })
    expect(reply.status).toBe(401)
  })
})

describe('ARM checks who comes', () => {
  const get = (on: Emulator, token?: string) =>
    ask(on, `${on.ready.resourceManagerEndpoint}subscriptions?api-version=2022-12-01`, {
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    })
  const code = (reply: Reply) => reply.json<{ error: { code: string } }>().error.code

  test('no token, nonsense, and a token for the registry', async () => {
    expect(code(await get(emulator))).toBe('AuthenticationFailed')
    expect(code(await get(emulator, 'nonsense'))).toBe('InvalidAuthenticationToken')
    const other = await get(emulator, await entraToken(emulator, registryAudience))
    expect([other.status, code(other)]).toEqual([401, 'InvalidAuthenticationTokenAudience'])
    expect(other.headers['www-authenticate']).toContain(`authorization_uri="${emulator.ready.authorityHost}/`)
  })

  test('a token whose time is over', async () => {
    await withEmulator({ identity: { lifetimes: { entra: 0.01 } } }, async on => {
      const token = await entraToken(on, armAudience)
      await until(async () => (await get(on, token)).status === 401)
      expect(code(await get(on, token))).toBe('ExpiredAuthenticationToken')
    })
  })

  test.each<[string, ScenarioInput['identity'], (on: Emulator) => Promise<unknown>, string, string]>([
    [
      'a role on nothing',
      { roles: [] },
      on => armClient(on).registries.get('contoso-rg', 'contoso'),
      'registries/read',
      '/registries/contoso',
    ],
    [
      'AcrPush alone',
      { roles: [{ role: 'AcrPush', scope: 'registry' }] },
      on => armClient(on).registries.get('contoso-rg', 'contoso'),
      'registries/read',
      '/registries/contoso',
    ],
    [
      'Reader',
      { roles: [{ role: 'Reader' }] },
      on => armClient(on).replications.create('contoso-rg', 'contoso', 'japaneast', { location: 'japaneast' }),
      'registries/replications/write',
      '/replications/japaneast',
    ],
  ])('403 says which action on which scope: %s', async (_what, identity, act, action, scope) => {
    await withEmulator({ ...(identity === undefined ? {} : { identity }) }, async on => {
      const error = await act(on).then(
        () => undefined,
        (reason: { code: string; statusCode: number; message: string }) => reason,
      )
      expect(error).toMatchObject({ code: 'AuthorizationFailed', statusCode: 403 })
      expect(error?.message).toContain(`perform action 'Microsoft.ContainerRegistry/${action}' over scope`)
      expect(error?.message).toContain(scope)
    })
  })

  test('a role assignment takes its time', async () => {
    await withEmulator({ identity: { roles: [{ role: 'Reader', after: 0.3 }] } }, async on => {
      const read = () =>
        armClient(on)
          .registries.get('contoso-rg', 'contoso')
          .then(
            () => true,
            () => false,
          )
      expect(await read()).toBe(false)
      await until(read)
    })
  })

  test('a role on the registry alone: the delete is accepted, its poll at subscription scope is not', async () => {
    const roles = [{ role: 'Contributor', scope: 'registry' as const }]
    await withEmulator({ identity: { roles }, timing: { default: { delete: 0.05 } } }, async on => {
      await expect(armClient(on).replications.delete('contoso-rg', 'contoso', 'eastus')).rejects.toMatchObject({
        statusCode: 403,
      })
      await until(() => on.truth.replica('eastus') === undefined)
    })
  })
})

describe('managed identity', () => {
  const plain = (url: string, headers: Record<string, string>) =>
    new Promise<{ status: number; body: string }>((resolve, reject) => {
      request(url, { headers }, response => {
        let body = ''
        response.on('data', (chunk: Buffer) => (body += chunk.toString()))
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
      })
        .on('error', reject)
        .end()
    })

  test('both forms of the endpoint give a token ARM takes; without their header none', async () => {
    const {
      IDENTITY_ENDPOINT = '',
      IDENTITY_HEADER = '',
      AZURE_POD_IDENTITY_AUTHORITY_HOST: imds,
    } = emulator.ready.managedIdentityEnv
    const query = `resource=${encodeURIComponent(armAudience)}`
    const app = await plain(`${IDENTITY_ENDPOINT}?api-version=2019-08-01&${query}`, {
      'x-identity-header': IDENTITY_HEADER,
    })
    const metadata = await plain(`${imds}/metadata/identity/oauth2/token/?api-version=2018-02-01&${query}`, {
      metadata: 'true',
    })
    for (const { body } of [app, metadata]) {
      const { access_token: token } = JSON.parse(body) as { access_token: string }
      expect(decodeJwt(token).aud).toBe(armAudience)
    }
    expect((await plain(`${IDENTITY_ENDPOINT}?${query}`, {})).status).toBe(400)
  })
})
