import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { decodeJwt } from 'jose'
import { type Emulator, type ScenarioInput, startEmulator } from '../../emulator/index.ts'
import {
  armAudience,
  ask,
  entraToken,
  exchange,
  openRepository,
  pushImage,
  registryAudience,
  registryToken,
  type Reply,
  until,
  withEmulator,
} from './clients.ts'

let emulator: Emulator
beforeAll(async () => {
  emulator = await startEmulator()
})
afterAll(() => emulator.stop())

const errorCode = (reply: Reply) => reply.json<{ errors: { code: string }[] }>().errors[0]?.code
const tokenUser = '00000000-0000-0000-0000-000000000000'
const basic = (user: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
})

async function refreshToken(on: Emulator, host = on.ready.loginServer): Promise<string> {
  const reply = await exchange(on, host, await entraToken(on, registryAudience))
  return reply.json<{ refresh_token: string }>().refresh_token
}

describe('the challenge', () => {
  test.each(['loginServer', 'eastus'])('of %s: realm is the host, service the global login server', async which => {
    const { loginServer, regionalEndpoints } = emulator.ready
    const host = which === 'loginServer' ? loginServer : String(regionalEndpoints[which])
    const reply = await ask(emulator, `https://${host}/v2/`)
    expect(reply.status).toBe(401)
    expect(reply.headers['www-authenticate']).toBe(
      `Bearer realm="https://${host}/oauth2/token",service="${loginServer}"`,
    )
    expect(reply.headers['x-ms-correlation-request-id']).toMatch(/^[0-9a-f-]{36}$/)
    expect(errorCode(reply)).toBe('UNAUTHORIZED')
  })

  test('of a repository names the scope', async () => {
    const reply = await ask(emulator, `https://${emulator.ready.loginServer}/v2/a/b/manifests/1`)
    expect(reply.headers['www-authenticate']).toContain('scope="repository:a/b:pull"')
    const upload = await ask(emulator, `https://${emulator.ready.loginServer}/v2/a/b/blobs/uploads/`, {
      method: 'POST',
    })
    expect(upload.headers['www-authenticate']).toContain('scope="repository:a/b:pull,push"')
  })
})

describe('the exchange', () => {
  test('takes tokens for the registry and, while the policy allows it, for ARM', async () => {
    const { loginServer } = emulator.ready
    const byArm = async () => (await exchange(emulator, loginServer, await entraToken(emulator, armAudience))).status
    const byRegistry = async () =>
      (await exchange(emulator, loginServer, await entraToken(emulator, registryAudience))).status
    expect([await byArm(), await byRegistry()]).toEqual([200, 200])
    emulator.update(scenario => (scenario.registry.armAudience = 'disabled'))
    expect([await byArm(), await byRegistry()]).toEqual([401, 200])
    emulator.update(scenario => (scenario.registry.armAudience = 'enabled'))
  })

  test('refuses nonsense, another service, and who has no role', async () => {
    const { loginServer } = emulator.ready
    expect((await exchange(emulator, loginServer, 'nonsense')).status).toBe(401)
    const form = new URLSearchParams({ grant_type: 'access_token', service: 'other.azurecr.io', access_token: 'x' })
    expect((await ask(emulator, `https://${loginServer}/oauth2/exchange`, { method: 'POST', body: form })).status).toBe(
      400,
    )
    await withEmulator({ identity: { roles: [] } }, async on => {
      expect((await exchange(on, on.ready.loginServer, await entraToken(on, registryAudience))).status).toBe(401)
    })
  })
})

describe('tokens', () => {
  const get = (query: string, headers: Record<string, string> = {}, host = emulator.ready.loginServer) =>
    ask(emulator, `https://${host}/oauth2/token?service=${emulator.ready.loginServer}${query}`, { headers })

  test('docker’s GET with the null user; a refresh token only with offline_token', async () => {
    const user = basic(tokenUser, await refreshToken(emulator))
    expect(Object.keys((await get('&scope=repository:a:pull', user)).json())).toEqual(['access_token'])
    expect(Object.keys((await get('&offline_token=true', user)).json()).sort()).toEqual([
      'access_token',
      'refresh_token',
    ])
  })

  test('the application’s own id and secret', async () => {
    const { clientId, clientSecret } = emulator.ready
    expect((await get('&scope=repository:a:pull', basic(clientId, clientSecret))).status).toBe(200)
    expect((await get('&scope=repository:a:pull', basic(clientId, 'no'))).status).toBe(401)
    expect((await get('&scope=repository:a:pull')).status).toBe(401)
  })

  test('containerd’s password grant is answered 400, so that it falls back', async () => {
    const form = {
      grant_type: 'password',
      username: tokenUser,
      password: await refreshToken(emulator),
      service: emulator.ready.loginServer,
    }
    const reply = await ask(emulator, `https://${emulator.ready.loginServer}/oauth2/token`, {
      method: 'POST',
      body: new URLSearchParams(form),
    })
    expect(reply.status).toBe(400)
  })

  test('one refresh token works on every host; its audience is the login server', async () => {
    const refresh = await refreshToken(emulator)
    for (const host of [emulator.ready.loginServer, ...Object.values(emulator.ready.regionalEndpoints)]) {
      expect((await get('&scope=repository:a:pull', basic(tokenUser, refresh), host)).status).toBe(200)
    }
    expect(decodeJwt(refresh)).toMatchObject({ aud: emulator.ready.loginServer, grant_type: 'refresh_token' })
  })

  test('several scopes in one token; an access token as password gives no more than it holds', async () => {
    const user = basic(tokenUser, await refreshToken(emulator))
    const both = (await get('&scope=repository:a:pull&scope=repository:b:pull,push', user)).json<{
      access_token: string
    }>().access_token
    expect(decodeJwt(both)['access']).toEqual([
      { Type: 'repository', Name: 'a', Actions: ['pull'] },
      { Type: 'repository', Name: 'b', Actions: ['pull', 'push'] },
    ])
    const narrowed = await get('&scope=repository:a:pull,push', basic(tokenUser, both))
    expect(decodeJwt(narrowed.json<{ access_token: string }>().access_token)['access']).toEqual([
      { Type: 'repository', Name: 'a', Actions: ['pull'] },
    ])
  })

  test('end: an access token past its time is refused', async () => {
    await withEmulator({ identity: { lifetimes: { access: 0.01 } } }, async on => {
      const token = await registryToken(on, on.ready.loginServer, 'repository:a:pull')
      await until(async () => {
        const reply = await ask(on, `https://${on.ready.loginServer}/v2/`, {
          headers: { authorization: `Bearer ${token}` },
        })
        return reply.status === 401 && String(reply.headers['www-authenticate']).includes('error="invalid_token"')
      })
    })
  })
})

describe('roles', () => {
  const legacy = 'LegacyRegistryPermissions' as const
  const abac = 'AbacRepositoryPermissions' as const
  const writer = { role: 'Container Registry Repository Writer', scope: 'registry' as const }
  type Roles = NonNullable<NonNullable<ScenarioInput['identity']>['roles']>

  test.each<[string, typeof legacy | typeof abac, Roles, string, string[]]>([
    ['AcrPull, legacy', legacy, [{ role: 'AcrPull' }], 'team/app', ['pull']],
    ['AcrPush, legacy', legacy, [{ role: 'AcrPush' }], 'team/app', ['pull', 'push']],
    ['Writer, legacy: not honoured', legacy, [writer], 'team/app', []],
    ['AcrPush, ABAC: not honoured', abac, [{ role: 'AcrPush' }], 'team/app', []],
    ['Owner, ABAC: no data', abac, [{ role: 'Owner' }], 'team/app', []],
    ['Writer, ABAC', abac, [writer], 'team/app', ['pull', 'push']],
    [
      'Writer, ABAC, on these repositories',
      abac,
      [{ ...writer, repositories: ['team/*'] }],
      'team/app',
      ['pull', 'push'],
    ],
    ['Writer, ABAC, on others', abac, [{ ...writer, repositories: ['team/*'] }], 'other/app', []],
  ])('%s', async (_what, roleAssignmentMode, roles, name, granted) => {
    await withEmulator({ registry: { roleAssignmentMode }, identity: { roles } }, async on => {
      const token = await registryToken(on, on.ready.loginServer, `repository:${name}:pull,push`)
      expect(decodeJwt(token)['access']).toEqual(
        granted.length === 0 ? [] : [{ Type: 'repository', Name: name, Actions: granted }],
      )
    })
  })

  test('a switch of the mode ends the refresh tokens issued before', async () => {
    await withEmulator({}, async on => {
      const user = basic(tokenUser, await refreshToken(on))
      const status = async () => {
        const url = `https://${on.ready.loginServer}/oauth2/token?service=${on.ready.loginServer}&scope=repository:a:pull`
        return (await ask(on, url, { headers: user })).status
      }
      expect(await status()).toBe(200)
      on.update(scenario => (scenario.registry.roleAssignmentMode = abac))
      expect(await status()).toBe(401)
    })
  })

  test('a missing permission is 401, never 403', async () => {
    await withEmulator({ identity: { roles: [{ role: 'AcrPull' }] } }, async on => {
      const repository = await openRepository(on, on.ready.loginServer, 'team/app')
      const reply = await repository.ask('blobs/uploads/', { method: 'POST' })
      expect([reply.status, errorCode(reply)]).toEqual([401, 'UNAUTHORIZED'])
      expect(reply.headers['www-authenticate']).not.toContain('error=')
    })
  })
})

describe('reach', () => {
  test('a firewall denies a host with 403, sign-in included, and only that host', async () => {
    await withEmulator({ firewall: { deny: ['eastus'], clientIp: '198.51.100.9' } }, async on => {
      const denied = await ask(on, `https://${on.regionalEndpoint('eastus')}/v2/`)
      expect([denied.status, errorCode(denied)]).toEqual([403, 'DENIED'])
      expect(denied.body.toString()).toContain("client with IP '198.51.100.9' is not allowed access")
      expect((await exchange(on, String(on.regionalEndpoint('eastus')), 'x')).status).toBe(403)
      expect((await ask(on, `https://${on.ready.loginServer}/v2/`)).status).toBe(401)
    })
  })

  test('a hidden host does not resolve', async () => {
    await withEmulator({ hiddenHosts: ['eastus'] }, async on => {
      await expect(ask(on, `https://${on.regionalEndpoint('eastus')}/v2/`)).rejects.toMatchObject({ code: 'ENOTFOUND' })
      expect((await ask(on, `https://${on.regionalEndpoint('canadacentral')}/v2/`)).status).toBe(401)
    })
  })

  test('a host hidden while running sends back whoever still finds it', async () => {
    await withEmulator({}, async on => {
      const host = on.ready.loginServer
      on.update(scenario => (scenario.hiddenHosts = ['login']))
      await until(() =>
        ask(on, `https://${host}/v2/`).then(
          ({ status }) => status === 421,
          (error: NodeJS.ErrnoException) => error.code === 'ENOTFOUND',
        ),
      )
    })
  })

  test('with regional endpoints off the bare address still leads to the replica', async () => {
    await withEmulator(
      { registry: { regionalEndpoints: 'Disabled' }, timing: { default: { blobs: 0, manifests: 0, tags: 0 } } },
      async on => {
        const image = await pushImage(await openRepository(on, on.ready.loginServer, 'team/app'), '1')
        await until(() => on.truth.serves('eastus', 'team/app', image.digest))
        const direct = await openRepository(on, String(on.directAddress('eastus')), 'team/app')
        const reply = await direct.ask(`manifests/${image.digest}`, { headers: { accept: image.manifest.mediaType } })
        expect(reply.status).toBe(200)
        expect(on.regionalEndpoint('eastus')).toBeUndefined()
      },
    )
  })
})
