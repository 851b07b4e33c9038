import { afterEach, beforeAll, afterAll, describe, expect, test } from '@jest/globals'
import { type Emulator, type Fault, startEmulator } from '../../emulator/index.ts'
import { readFileSync } from 'node:fs'
import { get } from 'node:https'
import { armClient, ask, openRepository, pushImage, type Reply, withEmulator } from './clients.ts'

let emulator: Emulator
const removals: (() => void)[] = []
const add = (fault: Fault) => removals.push(emulator.addFault(fault))

beforeAll(async () => {
  emulator = await startEmulator({ timing: { default: { create: 0.05, delete: 0.05 } } })
})
afterEach(() => removals.splice(0).forEach(remove => remove()))
afterAll(() => emulator.stop())

const v2 = (host = emulator.ready.loginServer): Promise<Reply> => ask(emulator, `https://${host}/v2/`)
const onV2 = (action: Fault['action'], more: Partial<Fault> = {}) =>
  add({ match: { service: 'registry', path: '^/v2/$' }, action, ...more })

describe('what goes wrong', () => {
  test('an answer of its own, headers and body as given', async () => {
    onV2({ status: 429, headers: { 'retry-after': '7' }, body: { errors: [{ code: 'TOOMANYREQUESTS' }] } })
    const reply = await v2()
    expect([reply.status, reply.headers['retry-after'], reply.json()]).toEqual([
      429,
      '7',
      { errors: [{ code: 'TOOMANYREQUESTS' }] },
    ])
  })

  test('bytes that are no text at all pass as they are', async () => {
    onV2({ status: 500, body: '::add-mask::x\n##[error]\u001b[31m' })
    expect((await v2()).body.toString()).toBe('::add-mask::x\n##[error]\u001b[31m')
  })

  test('the real answer with other headers, or without one', async () => {
    onV2({ headers: { 'www-authenticate': null, 'x-new': 'yes' } })
    const reply = await v2()
    expect([reply.status, reply.headers['www-authenticate'], reply.headers['x-new']]).toEqual([401, undefined, 'yes'])
  })

  test.each<[string, Fault['action'], RegExp]>([
    ['a reset', { reset: true }, /ECONNRESET/],
    ['a close', { close: true }, /ECONNRESET/],
    ['an answer cut in half', { truncate: true }, /ECONNRESET|aborted/],
  ])('%s', async (_what, action, expected) => {
    onV2(action)
    const error = await v2().then(
      () => undefined,
      (reason: NodeJS.ErrnoException) => `${reason.code} ${reason.message}`,
    )
    expect(error).toMatch(expected)
    expect(emulator.requests.at(-1)?.path).toBe('/v2/')
  })

  test('an answer without end', async () => {
    onV2({ endless: true })
    const size = await new Promise<number>(resolve => {
      let received = 0
      const options = { ca: readFileSync(emulator.ready.caFile), agent: false as const }
      get(`https://${emulator.ready.loginServer}/v2/`, options, response => {
        response.on('data', (chunk: Buffer) => {
          received += chunk.length
          if (received < 50_000_000) return
          response.destroy()
          resolve(received)
        })
      })
    })
    expect(size).toBeGreaterThanOrEqual(50_000_000)
    // Nobody reads on: the server lives and serves others.
    removals.splice(0).forEach(remove => remove())
    expect((await v2()).status).toBe(401)
  })

  test('a stall, then the real answer', async () => {
    onV2({ stall: 0.2 })
    const before = Date.now()
    expect((await v2()).status).toBe(401)
    expect(Date.now() - before).toBeGreaterThanOrEqual(190)
  })

  test('a hang: no answer at all', async () => {
    onV2({ hang: true })
    const outcome = await Promise.race([
      v2().then(() => 'answered'),
      new Promise(resolve => setTimeout(resolve, 150, 'hung')),
    ])
    expect(outcome).toBe('hung')
  })

  test('an answer lost after the request took effect', async () => {
    const repository = await openRepository(emulator, emulator.ready.loginServer, 'team/lost')
    const image = await pushImage(repository)
    add({ match: { method: 'PUT', path: '/manifests/late' }, count: 1, action: { after: true, reset: true } })
    await expect(repository.putManifest(image.manifest, 'late')).rejects.toThrow()
    expect(emulator.truth.tag('westus', 'team/lost', 'late')).toBe(image.digest)
  })
})

describe('when it goes wrong', () => {
  test('after some, for some, then no more', async () => {
    onV2({ status: 503 }, { skip: 1, count: 2 })
    const statuses = [await v2(), await v2(), await v2(), await v2()].map(({ status }) => status)
    expect(statuses).toEqual([401, 503, 503, 401])
  })

  test('every second time', async () => {
    onV2({ status: 503 }, { skip: 1, every: 2 })
    const statuses = [await v2(), await v2(), await v2(), await v2(), await v2()].map(({ status }) => status)
    expect(statuses).toEqual([401, 401, 503, 401, 503])
  })

  test('with a chance', async () => {
    onV2({ status: 503 }, { probability: 0.5 })
    const statuses = await Promise.all(Array.from({ length: 40 }, async () => (await v2()).status))
    expect(new Set(statuses)).toEqual(new Set([401, 503]))
  })

  test('only in one region, host, method, service', async () => {
    add({ match: { region: 'eastus' }, action: { status: 503 } })
    add({ match: { host: 'canadacentral' }, action: { status: 502 } })
    add({ match: { service: 'registry', method: 'DELETE' }, action: { status: 501 } })
    const status = async (region: string) => (await v2(emulator.regionalEndpoint(region))).status
    expect([(await v2()).status, await status('eastus'), await status('canadacentral')]).toEqual([401, 503, 502])
  })
})

describe('seen by the real SDK', () => {
  test.each([
    ['429 with Retry-After is waited for', { status: 429, headers: { 'retry-after': '1' } }, 'Premium'],
    [
      '429 without is the end at once',
      { status: 429, body: { error: { code: 'TooManyRequests', message: 'slow' } } },
      429,
    ],
    ['500 is tried again', { status: 500 }, 'Premium'],
    ['a reset is tried again', { reset: true }, 'Premium'],
  ])('%s', async (_what, action, expected) => {
    add({ match: { service: 'arm', method: 'GET', path: '/registries/contoso\\?' }, count: 1, action })
    const outcome = await armClient(emulator)
      .registries.get('contoso-rg', 'contoso')
      .then(
        registry => registry.sku?.name,
        (error: { statusCode: number }) => error.statusCode,
      )
    expect(outcome).toBe(expected)
  })

  test('a poll that answers 403 ends the operation, and the replica is made all the same', async () => {
    await withEmulator({ timing: { default: { create: 0.1, sync: 0 } } }, async other => {
      other.addFault({
        match: { path: '/operationStatuses/' },
        action: { status: 403, body: { error: { code: 'AuthorizationFailed', message: 'no' } } },
      })
      const creating = armClient(other).replications.create('contoso-rg', 'contoso', 'japaneast', {
        location: 'japaneast',
      })
      await expect(creating).rejects.toMatchObject({ statusCode: 403 })
      await new Promise(resolve => setTimeout(resolve, 150))
      expect(other.truth.replica('japaneast')?.provisioningState).toBe('Succeeded')
    })
  })
})

test('every request is on record, with what it was answered', async () => {
  await v2(emulator.regionalEndpoint('eastus'))
  expect(emulator.requests.at(-1)).toMatchObject({
    service: 'registry',
    region: 'eastus',
    host: emulator.regionalEndpoint('eastus'),
    method: 'GET',
    path: '/v2/',
    status: 401,
  })
})
