import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { regionOfHost } from '../../../src/azure/regional-endpoints.ts'
import { parseRegistryId, registryPath } from '../../../src/azure/resource-id.ts'
import { StepError } from '../../../src/base/errors.ts'
import { thrownBy } from '../fixtures.ts'

const PATH = '/subscriptions/s-1/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso'
const ID = { subscriptionId: 's-1', resourceGroup: 'rg', name: 'contoso' }

describe('parseRegistryId', () => {
  test.each([
    [PATH, ID],
    [`${PATH}/`, ID],
    [PATH.replace('resourceGroups', 'resourcegroups').replace('Microsoft', 'microsoft'), ID],
    [PATH.replace('/rg/', '/My_group(1)/'), { ...ID, resourceGroup: 'My_group(1)' }],
  ])('%s', (id, parts) => expect(parseRegistryId(id)).toEqual(parts))

  test.each([
    '',
    '/',
    '/subscriptions/s-1',
    `${PATH}/replications/eastus`,
    PATH.replace('/rg/', '//'),
    PATH.slice(1),
    PATH.replace('ContainerRegistry', 'ContainerService'),
  ])('%j is none', id => expect(thrownBy(() => parseRegistryId(id))).toMatchObject({ kind: 'bug' }))

  test('takes apart what registryPath writes', () => {
    const word = fc.stringMatching(/^[A-Za-z0-9_.-]{1,20}$/)
    fc.assert(
      fc.property(word, word, word, (subscriptionId, resourceGroup, name) => {
        const id = { subscriptionId, resourceGroup, name }
        expect(parseRegistryId(registryPath(id))).toEqual(id)
      }),
    )
  })

  test('any text is an id or a StepError', () => {
    const text = fc.oneof(
      fc.string(),
      fc.string().map(part => `${PATH}${part}`),
    )
    fc.assert(
      fc.property(text, id => {
        const error = thrownBy(() => parseRegistryId(id))
        if (error !== undefined) expect(error).toBeInstanceOf(StepError)
      }),
    )
  })
})

test('registryPath escapes what a resource group may have in its name', () => {
  expect(registryPath({ ...ID, resourceGroup: 'größe/x' })).toContain('/resourceGroups/gr%C3%B6%C3%9Fe%2Fx/')
})

describe('regionOfHost', () => {
  test.each([
    ['contoso.japaneast.geo.azurecr.io', 'japaneast'],
    ['Contoso-d7ez.EastUS2.geo.azurecr.io', 'eastus2'],
    ['contoso.usgovvirginia.geo.azurecr.us', 'usgovvirginia'],
    ['contoso.eastus.geo.localhost:5001', 'eastus'],
    ['contoso.azurecr.io', undefined],
    ['contoso.eastus.data.azurecr.io', undefined],
    ['contoso..geo.azurecr.io', undefined],
    ['geo', undefined],
    ['', undefined],
  ])('%s', (host, region) => expect(regionOfHost(host)).toBe(region))
})
