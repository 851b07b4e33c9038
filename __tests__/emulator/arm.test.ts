import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type RestError } from '@azure/core-rest-pipeline'
import { type Emulator, startEmulator } from '../../emulator/index.ts'
import { armAudience, armClient, ask, entraToken, type Reply, until, withEmulator } from './clients.ts'

const quick = { create: 0.1, sync: 0.05, home: 0.02, delete: 0.05, update: 0.05 }
let emulator: Emulator
let token: string

beforeAll(async () => {
  emulator = await startEmulator({
    registry: { resourceGroup: 'Contoso-RG' },
    otherRegistries: [{ name: 'fabrikam', resourceGroup: 'other-rg', sku: 'Standard', home: 'eastus' }],
    timing: { default: quick },
    arm: { pageSize: 2 },
  })
  token = await entraToken(emulator, armAudience)
})
afterAll(() => emulator.stop())

const group = 'Contoso-RG'
const registryPath = () =>
  `subscriptions/${emulator.ready.subscriptionId}/resourceGroups/contoso-rg/providers/Microsoft.ContainerRegistry/registries/contoso`

function arm(path: string, options: { method?: string; body?: unknown; version?: string } = {}): Promise<Reply> {
  const { method = 'GET', body, version = '2025-11-01' } = options
  const joint = path.includes('?') ? '&' : '?'
  return ask(emulator, `${emulator.ready.resourceManagerEndpoint}${path}${joint}api-version=${version}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
}

const errorOf = (reply: Reply) => reply.json<{ error: { code: string; message: string } }>().error

describe('the real SDK', () => {
  test('reads the registry', async () => {
    const registry = await armClient(emulator).registries.get(group, 'contoso')
    expect(registry).toMatchObject({
      location: 'westus',
      sku: { name: 'Premium' },
      loginServer: emulator.ready.loginServer,
    })
  })

  test('creates a replica: the operation ends while it is Syncing, Ready comes later', async () => {
    const client = armClient(emulator)
    const created = await client.replications.create(
      group,
      'contoso',
      'japaneast',
      { location: 'japaneast' },
      { updateIntervalInMs: 10 },
    )
    expect(created).toMatchObject({ provisioningState: 'Succeeded', status: { displayStatus: 'Syncing' } })
    await until(() => emulator.truth.replica('japaneast')?.displayStatus === 'Ready')
    const replica = await client.replications.get(group, 'contoso', 'japaneast')
    expect(replica.status?.displayStatus).toBe('Ready')
    expect(emulator.regionalEndpoint('japaneast')).toMatch(/^contoso\.japaneast\.geo\.localhost:\d+$/)
  })

  test('lists replicas page by page, the home region among them', async () => {
    const names: string[] = []
    for await (const replica of armClient(emulator).replications.list(group, 'contoso'))
      names.push(String(replica.location))
    expect(names).toEqual(expect.arrayContaining(['westus', 'eastus', 'canadacentral']))
  })

  test('deletes a replica; the poll is at subscription scope', async () => {
    const client = armClient(emulator)
    await client.replications.create(
      group,
      'contoso',
      'northeurope',
      { location: 'northeurope' },
      { updateIntervalInMs: 10 },
    )
    await client.replications.delete(group, 'contoso', 'northeurope', { updateIntervalInMs: 10 })
    await expect(client.replications.get(group, 'contoso', 'northeurope')).rejects.toMatchObject({
      statusCode: 404,
      code: 'ResourceNotFound',
    })
    const polls = emulator.requests.filter(({ path }) => path.includes('/operationResults/'))
    expect(polls[0]?.path).toMatch(
      /^\/subscriptions\/[^/]+\/providers\/Microsoft\.ContainerRegistry\/locations\/northeurope\/operationResults\/replications-/,
    )
  })
})

describe('creating by hand', () => {
  test('201 with a bare timestamp, a signed address of some 3.5 KB, polls with nothing but the status, and no Retry-After', async () => {
    const created = await arm(`${registryPath()}/replications/uksouth`, {
      method: 'PUT',
      body: { location: 'UK South' },
    })
    expect(created.status).toBe(201)
    expect(created.headers['retry-after']).toBeUndefined()
    const body = created.json<{
      location: string
      properties: { provisioningState: string; status: Record<string, unknown> }
    }>()
    expect(body).toMatchObject({ location: 'uksouth', properties: { provisioningState: 'Creating' } })
    expect(Object.keys(body.properties.status)).toEqual(['timestamp'])

    const address = String(created.headers['azure-asyncoperation'])
    expect(address.length).toBeGreaterThan(3300)
    const auth = { headers: { authorization: `Bearer ${token}` } }
    const poll = await ask(emulator, address, auth)
    expect([poll.status, poll.json(), typeof poll.headers['azure-asyncoperation']]).toEqual([
      200,
      { status: 'Creating' },
      'string',
    ])
    await until(async () => (await ask(emulator, address, auth)).json()['status'] === 'Succeeded')
    expect((await ask(emulator, address.replace('&s=', '&s=x'), auth)).status).toBe(403)
  })

  test('the home replica appears by itself after the first PUT', async () => {
    await withEmulator({ replicas: [], timing: { default: { ...quick, home: 0.05, create: 0.2 } } }, async fresh => {
      const client = armClient(fresh)
      const locations = async () => {
        const found: string[] = []
        for await (const { location } of client.replications.list('contoso-rg', 'contoso')) found.push(String(location))
        return found
      }
      expect(await locations()).toEqual([])
      await client.replications.create(
        'contoso-rg',
        'contoso',
        'eastus',
        { location: 'eastus' },
        { updateIntervalInMs: 10 },
      )
      expect((await locations()).sort()).toEqual(['eastus', 'westus'])
      const home = await client.replications.get('contoso-rg', 'contoso', 'westus')
      expect(home.systemData?.createdByType).toBe('Application')
    })
  })

  test('a PUT on the home region is accepted and changes nothing', async () => {
    const before = emulator.truth.replica('westus')
    const reply = await arm(`${registryPath()}/replications/westus`, { method: 'PUT', body: { location: 'westus' } })
    expect([reply.status, emulator.truth.replica('westus')]).toEqual([200, before])
  })
})

describe('refusals', () => {
  test.each([
    [
      'another subscription',
      'subscriptions/99999999-0000-0000-0000-000000000000/resources',
      404,
      'SubscriptionNotFound',
    ],
    [
      'another group',
      'subscriptions/SUB/resourceGroups/nowhere/providers/Microsoft.ContainerRegistry/registries/contoso',
      404,
      'ResourceGroupNotFound',
    ],
    [
      'another registry',
      'subscriptions/SUB/resourceGroups/contoso-rg/providers/Microsoft.ContainerRegistry/registries/nobody',
      404,
      'ResourceNotFound',
    ],
    [
      'another replica',
      'subscriptions/SUB/resourceGroups/contoso-rg/providers/Microsoft.ContainerRegistry/registries/contoso/replications/atlantis',
      404,
      'ResourceNotFound',
    ],
  ])('%s', async (_what, path, status, code) => {
    const reply = await arm(path.replace('SUB', emulator.ready.subscriptionId))
    expect([reply.status, errorOf(reply).code]).toEqual([status, code])
  })

  test.each([
    ['a region without Container Registry', 'austriaeast', 400, 'LocationNotAvailableForResourceType'],
    ['a region there is not', 'atlantis', 400, 'LocationNotAvailableForResourceType'],
    ['no region', '', 400, 'LocationRequired'],
  ])('creating a replica in %s', async (_what, location, status, code) => {
    const reply = await arm(`${registryPath()}/replications/somewhere`, { method: 'PUT', body: { location } })
    expect([reply.status, errorOf(reply).code]).toEqual([status, code])
  })

  test('replicas of a Standard registry', async () => {
    const path = `subscriptions/${emulator.ready.subscriptionId}/resourceGroups/other-rg/providers/Microsoft.ContainerRegistry/registries/fabrikam/replications/westus2`
    expect((await arm(path, { method: 'PUT', body: { location: 'westus2' } })).status).toBe(400)
  })

  test('the home replica is not deleted', async () => {
    const reply = await arm(`${registryPath()}/replications/westus`, { method: 'DELETE' })
    expect([reply.status, errorOf(reply).code]).toEqual([409, 'HomeReplicationCannotBeDeleted'])
  })

  test.each([
    ['no api-version', `subscriptions`, 'MissingApiVersionParameter'],
    ['nonsense', `subscriptions?api-version=latest`, 'InvalidApiVersionParameter'],
  ])('%s', async (_what, path, code) => {
    const url = `${emulator.ready.resourceManagerEndpoint}${path}`
    const reply = await ask(emulator, url, { headers: { authorization: `Bearer ${token}` } })
    expect([reply.status, errorOf(reply).code]).toEqual([400, code])
  })
})

describe('lookups', () => {
  test('registries of the subscription by type, over pages, ids with their group', async () => {
    const filter = encodeURIComponent("resourceType eq 'Microsoft.ContainerRegistry/registries'")
    const reply = await arm(`subscriptions/${emulator.ready.subscriptionId}/resources?$filter=${filter}`, {
      version: '2021-04-01',
    })
    const ids = reply.json<{ value: { id: string }[] }>().value.map(({ id }) => id.split('/').slice(-5).join('/'))
    expect(ids).toEqual([
      'Contoso-RG/providers/Microsoft.ContainerRegistry/registries/contoso',
      'other-rg/providers/Microsoft.ContainerRegistry/registries/fabrikam',
    ])
  })

  test('provider metadata says display names, locations say short names', async () => {
    const provider = await arm(`subscriptions/${emulator.ready.subscriptionId}/providers/Microsoft.ContainerRegistry`, {
      version: '2021-04-01',
    })
    const types = provider.json<{ resourceTypes: { resourceType: string; locations: string[] }[] }>().resourceTypes
    expect(types.find(({ resourceType }) => resourceType === 'registries/replications')?.locations).toContain(
      'Japan East',
    )
    const locations = await arm(`subscriptions/${emulator.ready.subscriptionId}/locations`, { version: '2022-12-01' })
    expect(locations.json<{ value: { name: string }[] }>().value.map(({ name }) => name)).toContain('japaneast')
  })

  test('names that are taken', async () => {
    const path = `subscriptions/${emulator.ready.subscriptionId}/providers/Microsoft.ContainerRegistry/checkNameAvailability`
    const body = { name: 'Contoso', type: 'Microsoft.ContainerRegistry/registries' }
    expect((await arm(path, { method: 'POST', body })).json()).toMatchObject({
      nameAvailable: false,
      reason: 'AlreadyExists',
    })
  })
})

describe('regional endpoints', () => {
  const properties = async (on: Emulator, version: string) => {
    const url = `${on.ready.resourceManagerEndpoint}${registryPath()}?api-version=${version}`
    const reply = await ask(on, url, { headers: { authorization: `Bearer ${await entraToken(on, armAudience)}` } })
    return { status: reply.status, ...reply.json<{ properties?: Record<string, unknown> }>().properties }
  }

  test('are not in the stable version, but in the preview with a host per provisioned region', async () => {
    expect(await properties(emulator, '2025-11-01')).not.toHaveProperty('regionalEndpoints')
    const preview = await properties(emulator, '2026-01-01-preview')
    expect(preview).toMatchObject({
      regionalEndpoints: 'Enabled',
      regionalEndpointHostNames: expect.arrayContaining([emulator.ready.regionalEndpoints['eastus']]) as unknown,
    })
  })

  test.each([
    ['Unknown' as const, { status: 400 }],
    ['Absent' as const, { status: 200, loginServer: expect.any(String) }],
    ['Disabled' as const, { status: 200, regionalEndpoints: 'Disabled', regionalEndpointHostNames: [] }],
  ])('%s', async (regionalEndpoints, expected) => {
    await withEmulator({ registry: { regionalEndpoints } }, async other => {
      expect(await properties(other, '2026-01-01-preview')).toMatchObject(expected)
      expect(other.ready.regionalEndpoints).toEqual({})
    })
  })

  test('PATCH turns them on after a while; content trust forbids it', async () => {
    await withEmulator({ registry: { regionalEndpoints: 'Disabled' }, timing: { default: quick } }, async other => {
      const url = `${other.ready.resourceManagerEndpoint}${registryPath()}?api-version=2026-01-01-preview`
      const headers = {
        authorization: `Bearer ${await entraToken(other, armAudience)}`,
        'content-type': 'application/json',
      }
      const body = JSON.stringify({ properties: { regionalEndpoints: 'Enabled' } })
      other.update(scenario => (scenario.registry.trustPolicy = 'enabled'))
      expect((await ask(other, url, { method: 'PATCH', headers, body })).status).toBe(400)
      other.update(scenario => (scenario.registry.trustPolicy = 'disabled'))
      const accepted = await ask(other, url, { method: 'PATCH', headers, body })
      expect([
        accepted.status,
        accepted.json<{ properties: { provisioningState: string } }>().properties.provisioningState,
      ]).toEqual([201, 'Updating'])
      await until(
        async () =>
          'regionalEndpoints' in (await properties(other, '2026-01-01-preview')) &&
          other.regionalEndpoint('eastus') !== undefined,
      )
      expect((await ask(other, `https://${other.regionalEndpoint('eastus')}/v2/`)).status).toBe(401)
    })
  })
})

test('every answer carries request ids, and the client’s own is echoed', async () => {
  const reply = await ask(emulator, `${emulator.ready.resourceManagerEndpoint}subscriptions?api-version=2022-12-01`, {
    headers: { authorization: `Bearer ${token}`, 'x-ms-client-request-id': 'mine' },
  })
  expect(reply.headers).toMatchObject({
    'x-ms-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown,
    'x-ms-correlation-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown,
    'x-ms-client-request-id': 'mine',
    'x-ms-ratelimit-remaining-subscription-global-reads': '16499',
  })
})

test('an error of the SDK is what ARM said', async () => {
  const failure = await armClient(emulator)
    .registries.get(group, 'nobody')
    .then(
      () => undefined,
      (error: RestError) => error,
    )
  expect(failure).toMatchObject({ code: 'ResourceNotFound', statusCode: 404 })
})
