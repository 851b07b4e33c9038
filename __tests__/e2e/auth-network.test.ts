import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { type Emulator } from '../../emulator/index.ts'
import { type ConnectProxy, hostsOf, startConnectProxy } from '../support/auth/connect-proxy.ts'
import { expectSignedIn, gateRun, signedInBy, storeGated } from '../support/auth/gate-run.ts'
import { appOf, idTokenOf } from '../support/auth/identity.ts'
import { startQuickAzure } from '../support/step/azure.ts'

let azure: Emulator
const proxies: ConnectProxy[] = []

beforeAll(async () => {
  azure = await startQuickAzure({ replicas: [{ location: 'eastus' }] })
  await storeGated(azure)
})
afterAll(() => azure.stop())
afterEach(async () => {
  await Promise.all(proxies.splice(0).map(proxy => proxy.stop()))
})

const portOf = (url: string | undefined) => new URL(url ?? '').port
const bySecret = () => ({ ...appOf(azure), AZURE_CLIENT_SECRET: azure.ready.clientSecret })
/** Names that end in `.localhost` lead to this machine, others to where the map says. */
const proxyTo = async (map: Readonly<Record<string, string | undefined>> = {}) => {
  const proxy = await startConnectProxy(target => {
    const port = map[target] ?? /localhost:(\d+)$/.exec(target)?.[1]
    return port === undefined ? undefined : `127.0.0.1:${port}`
  })
  proxies.push(proxy)
  return proxy
}

describe('environment: names the cloud', () => {
  test.each([
    ['azurecloud', 'login.microsoftonline.com', 'management.azure.com'],
    ['azureusgovernment', 'login.microsoftonline.us', 'management.usgovcloudapi.net'],
    // MSAL takes the older name login.chinacloudapi.cn for this one.
    ['azurechinacloud', 'login.partner.microsoftonline.cn', 'management.chinacloudapi.cn'],
  ])('%s: signs in at %s, manages at %s, and asks no other host of Azure', async (environment, login, management) => {
    // The local Azure plays the cloud: the proxy leads the names of the cloud to it.
    const { authorityHost, resourceManagerEndpoint, loginServer } = azure.ready
    const proxy = await proxyTo({
      [`${login}:443`]: portOf(authorityHost),
      [`${management}:443`]: portOf(resourceManagerEndpoint),
    })
    const run = await gateRun(
      azure,
      { ...bySecret(), HTTPS_PROXY: proxy.url },
      { environment, 'resource-manager-endpoint': '', 'authority-host': '' },
    )
    expectSignedIn(run, 'secret (AZURE_CLIENT_ID, AZURE_TENANT_ID and a secret or certificate are set)')
    const endpoint = azure.regionalEndpoint('eastus')
    expect(hostsOf(proxy)).toEqual([`${login}:443`, `${management}:443`, loginServer, endpoint].sort())
  })

  test('custom: asks the two endpoints it was given, and nobody who they are', async () => {
    const proxy = await proxyTo()
    const run = await gateRun(azure, { ...bySecret(), HTTPS_PROXY: proxy.url })
    expectSignedIn(run, 'secret (AZURE_CLIENT_ID, AZURE_TENANT_ID and a secret or certificate are set)')
    const { authorityHost, resourceManagerEndpoint, loginServer } = azure.ready
    const own = [authorityHost, resourceManagerEndpoint].map(url => `localhost:${portOf(url)}`)
    expect(hostsOf(proxy)).toEqual([...own, loginServer, azure.regionalEndpoint('eastus')].sort())
  })
})

describe('behind a proxy', () => {
  /** GitHub's client never goes through a proxy for this machine's own names. */
  const GITHUB = 'pipelines.actions.example'
  const byOidc = () => {
    const { ACTIONS_ID_TOKEN_REQUEST_URL = '', ...rest } = idTokenOf(azure)
    const url = new URL(ACTIONS_ID_TOKEN_REQUEST_URL)
    url.host = GITHUB
    url.port = ''
    return { ...appOf(azure), ...rest, ACTIONS_ID_TOKEN_REQUEST_URL: url.href }
  }
  const githubPort = () => portOf(azure.ready.env['ACTIONS_ID_TOKEN_REQUEST_URL'])

  test.each(['HTTPS_PROXY', 'https_proxy'])(
    '%s: GitHub, Entra, ARM and the registry are asked through it, nothing in the clear',
    async name => {
      const proxy = await proxyTo({ [`${GITHUB}:443`]: githubPort() })
      const before = azure.requests.length
      const run = await gateRun(azure, { ...byOidc(), [name]: proxy.url })
      expectSignedIn(run, 'oidc (client-id, tenant-id and id-token: write are given)')
      const asked = azure.requests
        .slice(before)
        .map(({ service, host }) => (service === 'github' ? `${GITHUB}:443` : host))
      expect(hostsOf(proxy)).toEqual([...new Set(asked)].sort())
      expect(new Set(run.requests.map(({ service }) => service))).toEqual(
        new Set(['github', 'entra', 'arm', 'registry']),
      )
      expect(proxy.plain).toEqual([])
    },
  )

  test('NO_PROXY: what it names is asked directly, all else through the proxy', async () => {
    const proxy = await proxyTo({ [`${GITHUB}:443`]: githubPort() })
    const run = await gateRun(azure, { ...byOidc(), HTTPS_PROXY: proxy.url, NO_PROXY: 'geo.localhost' })
    const { authorityHost, resourceManagerEndpoint } = azure.ready
    const own = [authorityHost, resourceManagerEndpoint].map(url => `localhost:${portOf(url)}`)
    expectSignedIn(run, 'oidc (client-id, tenant-id and id-token: write are given)')
    expect(hostsOf(proxy)).toEqual([...own, azure.ready.loginServer, `${GITHUB}:443`].sort())
  })

  test('a proxy that refuses is a failure in words', async () => {
    const proxy = await proxyTo()
    const run = await gateRun(azure, { ...byOidc(), HTTPS_PROXY: proxy.url }, { timeout: '3s' })
    expect(run.exitCode).toBe(1)
    expect(signedInBy(run)).toContain('oidc')
    expect(hostsOf(proxy)).toEqual([`${GITHUB}:443`])
    expect(run.log).toMatch(/GitHub gave no OIDC token/)
  })
})
