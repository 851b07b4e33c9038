import { describe, expect, test } from '@jest/globals'
import { type Arm } from '../../../src/azure/client.ts'
import { type Registry } from '../../../src/azure/registry.ts'
import { readReplica, readReplicas } from '../../../src/azure/replications.ts'

/** ARM with one replication: what a GET of it says, and what the list says. */
const armWith = (location: string | undefined, listed?: string) =>
  ({
    sdk: {
      replications: {
        get: async () => ({ location, provisioningState: 'Succeeded', status: { displayStatus: 'Ready' } }),
      },
    },
    call: async (_what: string, operation: (options: object) => unknown) => operation({}),
    url: (path: string) => path,
    request: async () => ({ value: [{ name: 'contoso/japaneast', location: listed }] }),
  }) as unknown as Arm
const REGISTRY = { name: 'contoso', resourceGroup: 'rg' } as Registry

describe('readReplica', () => {
  test.each([
    ['Japan East', 'japaneast', 'ready'],
    [undefined, 'japaneast', 'ready'],
    ['West Europe', undefined, 'ready'],
    ['West Europe', 'japaneast', 'absent'],
  ])('one that is in %s, for %s: %s', async (location, region, kind) => {
    expect((await readReplica(armWith(location), REGISTRY, 'japaneast', region)).kind).toBe(kind)
  })
})

describe('readReplicas', () => {
  test.each([
    ['West Europe', 'japaneast', 'westeurope'],
    ['West Europe', undefined, 'westeurope'],
    [undefined, 'Japan East', 'japaneast'],
    [undefined, undefined, ''],
  ])('GET says %s, the list %s: it is in %p', async (location, listed, region) => {
    expect(await readReplicas(armWith(location, listed), REGISTRY)).toMatchObject([{ name: 'japaneast', region }])
  })
})
