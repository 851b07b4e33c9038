import { describe, expect, test } from '@jest/globals'
import { type ScenarioInput } from '../../emulator/index.ts'
import { armClient, until, withEmulator } from './clients.ts'

const quick = { create: 0.05, sync: 0, home: 0, update: 0.05, delete: 0.05 }
type Plot = NonNullable<NonNullable<ScenarioInput['creations']>[string]>
const options = { updateIntervalInMs: 10 }

/** Creates a replica in japaneast under a plot; answers what the operation and the replica came to. */
function play(plot: Plot) {
  return withEmulator({ timing: { default: quick }, creations: { japaneast: plot } }, async emulator => {
    const client = armClient(emulator)
    const hangs = plot.replica === 'stuck' || plot.operation === 'stuck'
    const patience = hangs ? 500 : 10_000
    const operation = await client.replications
      .create(
        'contoso-rg',
        'contoso',
        'japaneast',
        { location: 'japaneast' },
        { ...options, abortSignal: AbortSignal.timeout(patience) },
      )
      .then(
        () => 'succeeds',
        (error: Error) => error.message,
      )
    await new Promise(resolve => setTimeout(resolve, 30))
    return { operation, replica: emulator.truth.replica('japaneast') }
  })
}

describe('creating a replica', () => {
  test.each<[string, Plot, string, string | undefined]>([
    [
      'that fails',
      { replica: 'fails', error: { code: 'QuotaExceeded', message: 'no room.' } },
      'QuotaExceeded. no room.',
      'Failed',
    ],
    ['that is rolled back', { replica: 'vanishes' }, 'The long-running operation has failed', undefined],
    ['that hangs', { replica: 'stuck' }, 'abort', 'Creating'],
    [
      'whose operation fails while it lives',
      { operation: 'fails' },
      'The long-running operation has failed',
      'Succeeded',
    ],
    ['whose operation succeeds while it fails', { replica: 'fails', operation: 'succeeds' }, 'succeeds', 'Failed'],
    ['whose operation hangs while it lives', { operation: 'stuck' }, 'abort', 'Succeeded'],
    [
      'that is refused',
      { refuse: { status: 409, code: 'Conflict', message: 'Another operation is in progress.' } },
      'Another operation',
      undefined,
    ],
  ])('%s', async (_what, plot, operation, state) => {
    const outcome = await play(plot)
    expect(outcome.operation).toContain(operation)
    expect(outcome.replica?.provisioningState).toBe(state)
  })

  test('that ends with a word nobody knows', async () => {
    expect((await play({ displayStatus: 'Online' })).replica).toEqual({
      provisioningState: 'Succeeded',
      displayStatus: 'Online',
    })
  })

  test('that the list tells lies about', async () => {
    const lie = { provisioningState: 'Succeeded', displayStatus: 'Ready' }
    await withEmulator(
      { timing: { default: quick }, creations: { japaneast: { replica: 'stuck', listSays: lie } } },
      async emulator => {
        const client = armClient(emulator)
        void client.replications.create('contoso-rg', 'contoso', 'japaneast', { location: 'japaneast' }, options).then(
          () => undefined,
          () => undefined,
        )
        await until(() => emulator.truth.replica('japaneast') !== undefined)
        for await (const listed of client.replications.list('contoso-rg', 'contoso')) {
          if (listed.location === 'japaneast') expect(listed.status?.displayStatus).toBe('Ready')
        }
        const replica = await client.replications.get('contoso-rg', 'contoso', 'japaneast')
        expect(replica.provisioningState).toBe('Creating')
        expect(replica.status?.displayStatus).toBeUndefined()
      },
    )
  })

  test('that was just deleted fails for a while, then works', async () => {
    await withEmulator({ timing: { default: { ...quick, recreate: 0.6 } } }, async emulator => {
      const { replications } = armClient(emulator)
      const create = () => replications.create('contoso-rg', 'contoso', 'eastus', { location: 'eastus' }, options)
      await replications.delete('contoso-rg', 'contoso', 'eastus', options)
      await expect(create()).rejects.toThrow('ReplicationConflict')
      await new Promise(resolve => setTimeout(resolve, 600))
      expect((await create()).provisioningState).toBe('Succeeded')
    })
  })
})

describe('a replica that is there', () => {
  test('starts in the state the scenario gives it, the list may say another', async () => {
    const replicas = [
      {
        location: 'eastus',
        name: 'mainreplica',
        provisioningState: 'Failed',
        listSays: { provisioningState: 'Succeeded', displayStatus: 'Ready' },
      },
    ]
    await withEmulator({ replicas }, async emulator => {
      const { replications } = armClient(emulator)
      const listed: (string | undefined)[][] = []
      for await (const { name, provisioningState } of replications.list('contoso-rg', 'contoso'))
        listed.push([name, provisioningState])
      expect(listed).toContainEqual(['mainreplica', 'Succeeded'])
      expect((await replications.get('contoso-rg', 'contoso', 'mainreplica')).provisioningState).toBe('Failed')
      expect(emulator.truth.regions).toEqual(['westus'])
    })
  })

  test('shows Updating while its routing changes, and stays Ready', async () => {
    await withEmulator({ timing: { default: quick } }, async emulator => {
      const { replications } = armClient(emulator)
      const updating = replications.update('contoso-rg', 'contoso', 'eastus', { regionEndpointEnabled: false }, options)
      await until(() => emulator.truth.replica('eastus')?.provisioningState === 'Updating')
      expect(emulator.truth.replica('eastus')?.displayStatus).toBe('Ready')
      expect((await updating).regionEndpointEnabled).toBe(false)
    })
  })

  test('can be taken away, or given any state, by hand', async () => {
    await withEmulator({}, async emulator => {
      const { replications } = armClient(emulator)
      emulator.tamper.setReplica('eastus', 'Succeeded', 'Degraded')
      expect((await replications.get('contoso-rg', 'contoso', 'eastus')).status?.displayStatus).toBe('Degraded')
      emulator.tamper.removeReplica('eastus')
      await expect(replications.get('contoso-rg', 'contoso', 'eastus')).rejects.toMatchObject({ statusCode: 404 })
    })
  })
})

test('what the scenario has for later happens by itself', async () => {
  const later = [
    { after: 0.1, removeReplica: 'eastus', setReplica: { location: 'canadacentral', provisioningState: 'Failed' } },
    { after: 0.1, set: { registry: { armAudience: 'disabled' }, timing: { japaneast: { create: 9 } } } },
  ]
  await withEmulator({ later }, async emulator => {
    expect(emulator.truth.replica('eastus')?.displayStatus).toBe('Ready')
    await until(() => emulator.truth.replica('eastus') === undefined)
    expect(emulator.truth.replica('canadacentral')?.provisioningState).toBe('Failed')
    const registry = await armClient(emulator).registries.get('contoso-rg', 'contoso')
    expect(registry.policies?.azureADAuthenticationAsArmPolicy?.status).toBe('disabled')
  })
})

describe('the SKU', () => {
  test('is upgraded by PATCH, after which replicas can be made', async () => {
    await withEmulator({ registry: { sku: 'Basic' }, replicas: [], timing: { default: quick } }, async emulator => {
      const { registries, replications } = armClient(emulator)
      const create = () => replications.create('contoso-rg', 'contoso', 'eastus', { location: 'eastus' }, options)
      await expect(create()).rejects.toMatchObject({ statusCode: 400 })
      const upgraded = await registries.update('contoso-rg', 'contoso', { sku: { name: 'Premium' } }, options)
      expect(upgraded.sku?.name).toBe('Premium')
      expect((await create()).provisioningState).toBe('Succeeded')
    })
  })
})
