import { createServer } from 'node:http'
import { type AddressInfo } from 'node:net'
import { describe, expect, test } from '@jest/globals'
import { type Emulator } from '../../emulator/index.ts'
import { armClient, openRepository, pushImage, until, withEmulator } from './clients.ts'

const name = 'team/app'
const quick = { create: 0, sync: 0, home: 0, blobs: 0, manifests: 0, tags: 0, events: 0, update: 0 }
const outOfReach = 'https://hooks.example.com/acr'
const options = { updateIntervalInMs: 10 }

const hook = (location: string, more: object = {}) => ({
  name: `${location}hook`,
  location,
  serviceUri: outOfReach,
  ...more,
})

async function events(emulator: Emulator, webhook: string) {
  const found: { digest: string | undefined; tag: string | undefined; status: string | undefined }[] = []
  for await (const { eventRequestMessage, eventResponseMessage } of armClient(emulator).webhooks.listEvents(
    'contoso-rg',
    'contoso',
    webhook,
  )) {
    const target = eventRequestMessage?.content?.target
    found.push({ digest: target?.digest, tag: target?.tag, status: eventResponseMessage?.statusCode })
  }
  return found
}

describe('a push', () => {
  test('fires in every region as it arrives there, listed although nobody can be reached', async () => {
    const webhooks = [hook('westus'), hook('eastus'), hook('canadacentral')]
    await withEmulator({ webhooks, timing: { default: quick, canadacentral: { events: 30 } } }, async emulator => {
      const image = await pushImage(await openRepository(emulator, emulator.ready.loginServer, name), '1')
      for (const region of ['westus', 'eastus']) {
        await until(async () => (await events(emulator, `${region}hook`)).length === 1)
        expect(await events(emulator, `${region}hook`)).toEqual([{ digest: image.digest, tag: '1', status: '504' }])
      }
      expect(await events(emulator, 'canadacentralhook')).toEqual([])
    })
  })

  test.each<[string, boolean]>([
    ['', true],
    ['team/app:*', true],
    ['team/app:1', true],
    ['team/app:2', false],
    ['team/app', false],
    ['team/app:latest', false],
    ['other:*', false],
  ])('and scope %j', async (scope, covered) => {
    await withEmulator({ webhooks: [hook('westus', { scope })], timing: { default: quick } }, async emulator => {
      await pushImage(await openRepository(emulator, emulator.ready.loginServer, name), '1')
      await new Promise(resolve => setTimeout(resolve, 50))
      expect((await events(emulator, 'westushook')).length).toBe(covered ? 1 : 0)
    })
  })

  test.each([{ status: 'disabled' as const }, { actions: ['delete'] }])('and a webhook that is %j', async more => {
    await withEmulator({ webhooks: [hook('westus', more)], timing: { default: quick } }, async emulator => {
      await pushImage(await openRepository(emulator, emulator.ready.loginServer, name), '1')
      await new Promise(resolve => setTimeout(resolve, 50))
      expect(await events(emulator, 'westushook')).toEqual([])
    })
  })

  test('and its deletion, where the webhook is told of deletions; a tag alone tells nobody', async () => {
    const webhooks = [hook('westus', { actions: ['push', 'delete'] }), hook('eastus')]
    await withEmulator({ webhooks, timing: { default: quick } }, async emulator => {
      const repository = await openRepository(emulator, emulator.ready.loginServer, name)
      const { digest } = await pushImage(repository, '1')
      await repository.ask('manifests/1', { method: 'DELETE' })
      await repository.ask(`manifests/${digest}`, { method: 'DELETE' })
      await until(async () => (await events(emulator, 'westushook')).length === 2)
      const told = (tag?: string) => ({ digest, tag, status: '504' })
      expect(await events(emulator, 'westushook')).toEqual([told(), told('1')])
      expect(await events(emulator, 'eastushook')).toEqual([told('1')])
    })
  })

  test.each(['receiving', 'everywhere'] as const)('again, unchanged, fires %s', async repushEvents => {
    await withEmulator(
      { repushEvents, webhooks: [hook('westus'), hook('eastus')], timing: { default: quick } },
      async emulator => {
        const repository = await openRepository(emulator, emulator.ready.loginServer, name)
        const layers = [Buffer.from('same')]
        await pushImage(repository, '1', layers)
        await until(async () => (await events(emulator, 'eastushook')).length === 1)
        await pushImage(repository, '1', layers)
        await until(async () => (await events(emulator, 'westushook')).length === 2)
        await new Promise(resolve => setTimeout(resolve, 50))
        expect((await events(emulator, 'eastushook')).length).toBe(repushEvents === 'everywhere' ? 2 : 1)
      },
    )
  })

  test('is really sent to a target on this machine, with its headers, and keeps what came back', async () => {
    const received: { body: string; key: unknown }[] = []
    const server = createServer((request, response) => {
      let body = ''
      request.on('data', (chunk: Buffer) => (body += chunk.toString()))
      request.on('end', () => {
        received.push({ body, key: request.headers['x-key'] })
        response.writeHead(202).end('thanks')
      })
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const serviceUri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
    try {
      await withEmulator({ timing: { default: quick } }, async emulator => {
        const { webhooks } = armClient(emulator)
        const created = await webhooks.create(
          'contoso-rg',
          'contoso',
          'localhook',
          { location: 'westus', serviceUri, customHeaders: { 'x-key': 'k' }, actions: ['push'] },
          options,
        )
        expect(created).toMatchObject({
          provisioningState: 'Succeeded',
          location: 'westus',
          status: 'enabled',
        })
        const image = await pushImage(await openRepository(emulator, emulator.ready.loginServer, name), '1')
        await until(async () => (await events(emulator, 'localhook')).length === 1)
        const [delivery] = received
        expect(delivery?.key).toBe('k')
        expect(JSON.parse(delivery?.body ?? '')).toMatchObject({
          action: 'push',
          target: { digest: image.digest, repository: name, tag: '1' },
          request: { host: emulator.ready.loginServer },
        })
        expect(await events(emulator, 'localhook')).toEqual([{ digest: image.digest, tag: '1', status: '202' }])
      })
    } finally {
      server.close()
    }
  })

  test('that happened before the webhook is never told', async () => {
    await withEmulator({ timing: { default: quick } }, async emulator => {
      await pushImage(await openRepository(emulator, emulator.ready.loginServer, name), '1')
      await armClient(emulator).webhooks.create(
        'contoso-rg',
        'contoso',
        'latehook',
        { location: 'westus', serviceUri: outOfReach, actions: ['push'] },
        options,
      )
      expect(await events(emulator, 'latehook')).toEqual([])
    })
  })
})

describe('webhooks in ARM', () => {
  test('never show their address, but for getCallbackConfig', async () => {
    await withEmulator({ webhooks: [hook('westus')] }, async emulator => {
      const { webhooks } = armClient(emulator)
      expect(JSON.stringify(await webhooks.get('contoso-rg', 'contoso', 'westushook'))).not.toContain(
        'hooks.example.com',
      )
      expect((await webhooks.getCallbackConfig('contoso-rg', 'contoso', 'westushook')).serviceUri).toBe(outOfReach)
    })
  })

  test('are changed, pinged and deleted', async () => {
    await withEmulator({ webhooks: [hook('westus')], timing: { default: quick } }, async emulator => {
      const { webhooks } = armClient(emulator)
      expect(
        (await webhooks.update('contoso-rg', 'contoso', 'westushook', { status: 'disabled' }, options)).status,
      ).toBe('disabled')
      const { id } = await webhooks.ping('contoso-rg', 'contoso', 'westushook')
      await until(async () => (await events(emulator, 'westushook')).length === 1)
      expect(id).toMatch(/^[0-9a-f-]{36}$/)
      await webhooks.delete('contoso-rg', 'contoso', 'westushook', options)
      await expect(webhooks.get('contoso-rg', 'contoso', 'westushook')).rejects.toMatchObject({ statusCode: 404 })
    })
  })

  test.each([
    ['in a region without a replica', { location: 'japaneast', serviceUri: outOfReach }, 400],
    ['without an address', { location: 'westus', serviceUri: 'nonsense' }, 400],
  ])('are refused %s', async (_what, request, statusCode) => {
    await withEmulator({}, async emulator => {
      const creating = armClient(emulator).webhooks.create(
        'contoso-rg',
        'contoso',
        'badhook',
        { ...request, actions: ['push'] },
        options,
      )
      await expect(creating).rejects.toMatchObject({ statusCode })
    })
  })

  test('have a quota', async () => {
    const webhooks = ['one', 'two'].map(prefix => ({ ...hook('westus'), name: `${prefix}hook` }))
    await withEmulator({ registry: { sku: 'Basic' }, replicas: [], webhooks }, async emulator => {
      const creating = armClient(emulator).webhooks.create(
        'contoso-rg',
        'contoso',
        'threehook',
        { location: 'westus', serviceUri: outOfReach, actions: ['push'] },
        options,
      )
      await expect(creating).rejects.toMatchObject({ code: 'QuotaExceeded' })
    })
  })
})
