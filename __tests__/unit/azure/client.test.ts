import { describe, expect, test } from '@jest/globals'
import { type HttpClient, createHttpHeaders } from '@azure/core-rest-pipeline'
import { createArm } from '../../../src/azure/client.ts'
import { chooseCloud } from '../../../src/azure/cloud.ts'
import { type TokenSource } from '../../../src/azure/tokens.ts'
import { type RetryNotice } from '../../../src/base/retry.ts'
import { createFakeClock } from '../../support/fake-clock.ts'
import { rejection } from '../fixtures.ts'

const ARM = 'https://management.example.com'

/** ARM that answers what `respond` says, and tokens that are numbered. */
function arm(respond: (token: string, url: string) => { status: number; location?: string }, mayForget = true) {
  const asked: string[] = []
  const notices: RetryNotice[] = []
  let serial = 1
  const http: HttpClient = {
    async sendRequest(request) {
      const token = request.headers.get('authorization')?.replace('Bearer ', '') ?? 'none'
      asked.push(`${token} ${request.url.replace(/\?.*/, '')}`)
      const { status, location } = respond(token, request.url)
      const headers = createHttpHeaders({
        'content-type': 'application/json',
        ...(location === undefined ? {} : { location }),
      })
      return { request, status, headers, bodyAsText: '{"name":"contoso","location":"westus","sku":{"name":"Premium"}}' }
    },
  }
  const tokens: TokenSource = {
    getToken: async () => ({ token: `token${serial}`, expiresOnTimestamp: Date.now() + 3_600_000 }),
    forget() {
      if (mayForget) serial += 1
      return mayForget
    },
  }
  const made = createArm({
    cloud: chooseCloud('custom', ARM, 'https://login.example.com'),
    subscriptionId: 's-1',
    tokens,
    http,
    clock: createFakeClock(),
    signal: new AbortController().signal,
    onRetry: notice => notices.push(notice),
  })
  return { made, asked, notices }
}
const PATH = `${ARM}/subscriptions/s-1/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso`

describe('a token that ARM refuses before its time', () => {
  test('is replaced, once', async () => {
    const { made, asked, notices } = arm(token => ({ status: token === 'token1' ? 401 : 200 }))
    const registry = await made.call('Read it', options => made.sdk.registries.get('rg', 'contoso', options))
    expect(registry.name).toBe('contoso')
    expect(asked).toEqual([`token1 ${PATH}`, `token2 ${PATH}`])
    expect(notices).toHaveLength(1)
  })

  test('and again is an error', async () => {
    const { made, asked } = arm(() => ({ status: 401 }))
    const failing = made.call('Read it', options => made.sdk.registries.get('rg', 'contoso', options))
    expect(await rejection(failing)).toMatchObject({ kind: 'auth', status: 401 })
    expect(asked).toHaveLength(2)
  })

  test('or is new, is an error at once', async () => {
    const { made, asked } = arm(() => ({ status: 401 }), false)
    const failing = made.call('Read it', options => made.sdk.registries.get('rg', 'contoso', options))
    expect(await rejection(failing)).toMatchObject({ kind: 'auth' })
    expect(asked).toHaveLength(1)
  })
})

describe('the token for ARM', () => {
  test('goes nowhere else, wherever an answer leads', async () => {
    const { made, asked } = arm(() => ({ status: 307, location: 'https://evil.example/x' }))
    const failing = made.call('Read it', options => made.sdk.registries.get('rg', 'contoso', options))
    expect(await rejection(failing)).toMatchObject({ kind: 'invalid' })
    expect(asked.filter(line => line.includes('evil'))).toEqual([])
  })

  test('goes to no link to another host', async () => {
    const { made, asked } = arm(() => ({ status: 200 }))
    expect(await rejection(made.request('List', 'GET', 'https://evil.example/next'))).toMatchObject({ kind: 'invalid' })
    expect(asked).toEqual([])
  })
})
