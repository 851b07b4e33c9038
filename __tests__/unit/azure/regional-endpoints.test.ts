import { describe, expect, test } from '@jest/globals'
import { type Arm } from '../../../src/azure/client.ts'
import { readRegionalEndpoints } from '../../../src/azure/regional-endpoints.ts'
import { nameInHost, type Registry } from '../../../src/azure/registry.ts'
import { type ErrorKind, StepError } from '../../../src/base/errors.ts'
import { rejection } from '../fixtures.ts'

const REGISTRY: Registry = {
  subscriptionId: 's-1',
  resourceGroup: 'rg',
  name: 'contoso',
  sku: 'Premium',
  homeRegion: 'westus',
  loginServer: 'contoso.azurecr.io',
  roleAssignmentMode: 'rbac',
  armTokensAllowed: true,
}

/** What is read where ARM answers this about the registry. */
const read = (answer: () => unknown) =>
  readRegionalEndpoints(
    { url: (path: string) => path, request: () => Promise.resolve().then(answer) } as unknown as Arm,
    REGISTRY,
  )
const readNames = async (regionalEndpointHostNames: unknown) => [
  ...(await read(() => ({ properties: { regionalEndpoints: 'Enabled', regionalEndpointHostNames } }))).hosts,
]

describe('the regional endpoints ARM names', () => {
  test.each([
    ['contoso.eastus.geo.azurecr.io', 'eastus'],
    ['contoso-a1b2c3d4e5f6g7h8.eastus.geo.azurecr.io', 'eastus'],
    ['contoso.usgovvirginia.geo.azurecr.us', 'usgovvirginia'],
    ['contoso-a1b2c3d4.usgovtexas.geo.azurecr.us', 'usgovtexas'],
    ['contoso.chinanorth3.geo.azurecr.cn', 'chinanorth3'],
    ['contoso.francecentral.geo.azurecr.sovcloud-azure.fr', 'francecentral'],
    ['contoso.usnateast.geo.azurecr.eaglex.ic.gov', 'usnateast'],
  ])('%s is that of %s', async (host, region) => expect(await readNames([host])).toEqual([[region, host]]))

  test('are lower case, as docker wants them', async () =>
    expect(await readNames(['Contoso-A1b2.EastUS2.Geo.AzureCR.us'])).toEqual([
      ['eastus2', 'contoso-a1b2.eastus2.geo.azurecr.us'],
    ]))

  test('are those alone: a data endpoint is none, nor is the login server, nor what is no name', async () =>
    expect(
      await readNames([
        'contoso.eastus.data.azurecr.us',
        'contoso-a1b2.eastus.data.azurecr.cn',
        'contoso.azurecr.us',
        'contoso..geo.azurecr.us',
        '',
        null,
        7,
        { name: 'contoso.eastus.geo.azurecr.us' },
      ]),
    ).toEqual([]))

  test.each([[undefined], [null], ['contoso.eastus.geo.azurecr.us'], [{}]])('%j is no list of them', async names =>
    expect(await readNames(names)).toEqual([]),
  )
})

describe('a cloud', () => {
  const state = async (properties: object) => (await read(() => ({ properties }))).state
  test.each([
    ['Enabled', 'enabled'],
    ['ENABLED', 'enabled'],
    ['Disabled', 'disabled'],
    ['Paused', 'unknown'],
    [undefined, 'unknown'],
    [true, 'unknown'],
  ])('that says %j has them %s', async (regionalEndpoints, is) => expect(await state({ regionalEndpoints })).toBe(is))

  test.each([null, undefined, {}, [], '<html>', { properties: null }, { properties: 'x' }, 5])(
    'whose answer is no registry (%j) does not have them off',
    async answer => expect(await rejection(read(() => answer))).toMatchObject({ kind: 'transient' }),
  )

  test('that has them off has none, whatever it lists', async () => {
    const properties = { regionalEndpoints: 'Disabled', regionalEndpointHostNames: ['contoso.eastus.geo.azurecr.us'] }
    expect((await read(() => ({ properties }))).hosts.size).toBe(0)
  })

  const failing = (kind: ErrorKind, status?: number) => () => {
    throw new StepError(kind, 'refused', status === undefined ? {} : { status })
  }
  test.each([
    ['invalid', 400],
    ['not-found', 404],
  ] as const)('that does not know the version (%s, HTTP %i) does not know them', async (kind, status) =>
    expect(await read(failing(kind, status))).toMatchObject({ state: 'unknown', hosts: new Map() }),
  )

  test.each([
    ['forbidden', 403],
    ['transient', 503],
    ['invalid', undefined],
  ] as const)('that cannot be read (%s) is an error', async (kind, status) =>
    expect(await rejection(read(failing(kind, status)))).toMatchObject({ kind }),
  )
})

test.each([
  ['contoso.azurecr.io', 'contoso'],
  ['contoso-a1b2c3d4e5f6g7h8.azurecr.io', 'contoso'],
  ['contoso-a1b2c3d4.usgovvirginia.geo.azurecr.us', 'contoso'],
  ['contoso.chinanorth3.geo.azurecr.cn', 'contoso'],
  ['contoso.localhost:5000', 'contoso'],
  ['contoso:5000', 'contoso'],
  ['', ''],
])('the name in the host %j is likely %j', (host, name) => expect(nameInHost(host)).toBe(name))
