import { afterEach, describe, expect, test } from '@jest/globals'
import { type Emulator } from '../../emulator/index.ts'
import { expectSignedIn, gateRun, refusalOf, storeGated } from '../support/auth/gate-run.ts'
import { setTrap, type Trap } from '../support/auth/trap.ts'
import { azurePerTest } from '../support/step/azure.ts'
import { type StepRun } from '../support/step/run-step.ts'
import { type ScenarioInput } from '../../emulator/scenario.ts'

const OIDC = 'oidc (client-id, tenant-id and id-token: write are given)'
const start = azurePerTest()
const traps: Trap[] = []
afterEach(async () => {
  await Promise.all(traps.splice(0).map(trap => trap.stop()))
})

const startStored = async (scenario: ScenarioInput = {}): Promise<Emulator> => {
  const azure = await start({ replicas: [{ location: 'eastus' }], ...scenario })
  await storeGated(azure)
  return azure
}
const trapped = async () => {
  const trap = await setTrap()
  traps.push(trap)
  return trap
}
/** How often the step asked the registry for tokens, by path and host. */
const tokensAsked = ({ requests }: StepRun) => {
  const counts: Record<string, number> = {}
  for (const { method, host, path } of requests) {
    if (method !== 'POST' || !path.startsWith('/oauth2/')) continue
    const key = `${path} ${host.replace(/:\d+$/, '')}`
    counts[key] = (counts[key] ?? 0) + 1
  }
  return counts
}
const ONCE_EACH = {
  '/oauth2/exchange contoso.localhost': 1,
  '/oauth2/token contoso.localhost': 1,
  '/oauth2/token contoso.eastus.geo.localhost': 1,
}

describe('tokens of the registry', () => {
  test('come from its own audience, so a registry that refuses tokens for ARM will do; each is asked for once', async () => {
    const azure = await startStored({ registry: { armAudience: 'disabled' } })
    const run = await gateRun(azure, {})
    expectSignedIn(run, OIDC)
    expect(tokensAsked(run)).toEqual(ONCE_EACH)
    // One token for each of the two audiences, each with an assertion of its own.
    expect(run.requests.filter(({ path }) => path.includes('/oauth2/v2.0/token'))).toHaveLength(2)
    expect(run.requests.filter(({ service }) => service === 'github')).toHaveLength(2)
  })

  test('that turn void are renewed once, and the request repeated', async () => {
    const azure = await startStored()
    azure.addFault({
      match: { service: 'registry', path: '/v2/team/web/manifests/', host: '^contoso\\.localhost' },
      count: 1,
      action: { status: 401 },
    })
    const run = await gateRun(azure, {})
    expectSignedIn(run, OIDC)
    expect(tokensAsked(run)).toEqual({
      ...ONCE_EACH,
      '/oauth2/exchange contoso.localhost': 2,
      '/oauth2/token contoso.localhost': 2,
    })
  })

  test('that stay void are not asked for again and again', async () => {
    const azure = await startStored()
    azure.addFault({ match: { service: 'registry', path: '/v2/team/web/manifests/' }, action: { status: 401 } })
    const run = await gateRun(azure, {})
    refusalOf(run)
    // Three kinds of requests met them, some with patience: the look at the start, what a region served before, and what the tag leads to.
    expect(tokensAsked(run)['/oauth2/exchange contoso.localhost']).toBeLessThanOrEqual(8)
  })

  test('of a second outlast a region that takes longer', async () => {
    const azure = await start({ replicas: [{ location: 'eastus' }], timing: { eastus: { blobs: 6 } } })
    await storeGated(azure)
    azure.update(({ identity }) => Object.assign(identity.lifetimes, { entra: 4, refresh: 2, access: 1 }))
    const run = await gateRun(azure, {})
    expectSignedIn(run, OIDC)
    expect(tokensAsked(run)['/oauth2/exchange contoso.localhost']).toBeGreaterThan(1)
  })
})

describe('a challenge that names', () => {
  const forge = async (azure: Emulator, realm: (trap: Trap) => string, host = '^contoso\\.localhost') => {
    const trap = await trapped()
    const challenge = `Bearer realm="${realm(trap)}",service="${azure.ready.loginServer}"`
    azure.addFault({
      match: { service: 'registry', path: '^/v2/$', host },
      action: { status: 401, headers: { 'www-authenticate': challenge } },
    })
    return trap
  }

  test('another host gets nothing, and neither does that host', async () => {
    const azure = await startStored()
    const trap = await forge(azure, ({ host }) => `https://${host}/oauth2/token`)
    const run = await gateRun(azure, {})
    expect(refusalOf(run).replace(/\d{4,5}/g, 'PORT')).toBe(
      'Sign-in to contoso.localhost:PORT was refused: it would send a token to 127.0.0.1:PORT, which is no host of this registry. ' +
        'Check who answers for the login server: a proxy or a DNS entry may point elsewhere.',
    )
    expect(trap.visitors()).toBe(0)
    expect(tokensAsked(run)).toEqual({})
  })

  test('its own host without TLS gets nothing', async () => {
    const azure = await startStored()
    await forge(azure, () => `http://${azure.ready.loginServer}/oauth2/token`)
    const run = await gateRun(azure, {})
    expect(refusalOf(run)).toContain('was refused: it would send a token to')
    expect(tokensAsked(run)).toEqual({})
  })

  test('another host on a regional endpoint: the region stays unproved, the token at home', async () => {
    const azure = await startStored()
    const trap = await forge(azure, ({ host }) => `https://${host}/oauth2/token`, 'eastus\\.geo')
    const run = await gateRun(azure, {}, { 'wait-for': 'image', timeout: '3s' })
    expect(run.exitCode).toBe(1)
    expect(run.log).toContain('which is no host of this registry')
    expect(trap.visitors()).toBe(0)
    expect(tokensAsked(run)).toEqual({ '/oauth2/exchange contoso.localhost': 1, '/oauth2/token contoso.localhost': 1 })
  })

  test('the right host, which then sends us elsewhere, is not followed', async () => {
    const azure = await startStored()
    const trap = await trapped()
    azure.addFault({
      match: { service: 'registry', path: '^/oauth2/exchange' },
      action: { status: 307, headers: { location: `https://${trap.host}/oauth2/exchange` } },
    })
    refusalOf(await gateRun(azure, {}))
    expect(trap.visitors()).toBe(0)
  })
})
