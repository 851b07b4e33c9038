import { describe, expect, test } from '@jest/globals'
import { type HttpClient, createHttpHeaders, createPipelineRequest } from '@azure/core-rest-pipeline'
import fc from 'fast-check'
import { Agent } from 'node:https'
import { createHttpClient } from '../../src/http-client.ts'
import { readNoProxy } from '../../src/no-proxy.ts'

describe('readNoProxy', () => {
  const host = 'https://contoso.eastus.geo.azurecr.io/v2/'
  test.each<[string | undefined, string, boolean]>([
    [undefined, host, false],
    ['', host, false],
    ['contoso.eastus.geo.azurecr.io', host, true],
    ['azurecr.io', host, true],
    ['.azurecr.io', host, true],
    ['*.azurecr.io', host, true],
    ['AzureCR.io', host, true],
    ['*', host, true],
    ['zurecr.io', host, false],
    ['login.azurecr.io', host, false],
    ['a.example, azurecr.io', host, true],
    ['a.example azurecr.io', host, true],
    ['azurecr.io:443', host, true],
    ['azurecr.io:5000', host, false],
    ['azurecr.io:5000', 'https://contoso.azurecr.io:5000/', true],
    ['localhost:80', 'http://localhost/', true],
    ['127.0.0.1', 'https://127.0.0.1:8443/', true],
    [':', host, false],
  ])('%p, %s: %p', (text, url, direct) => expect(readNoProxy(text)(url)).toBe(direct))

  test('reads anything', () => {
    fc.assert(fc.property(fc.string(), text => typeof readNoProxy(text)(host) === 'boolean'))
  })
})

describe('createHttpClient', () => {
  test.each([
    ['azurecr.io', false],
    ['example.com', true],
  ])('NO_PROXY %s: the agent of the proxy is used: %p', async (noProxy, used) => {
    const agents: unknown[] = []
    const inner: HttpClient = {
      async sendRequest(request) {
        agents.push(request.agent)
        return { request, status: 200, headers: createHttpHeaders() }
      },
    }
    const agent = new Agent()
    const request = createPipelineRequest({ url: 'https://contoso.azurecr.io/v2/' })
    request.agent = agent
    await createHttpClient({ inner, noProxy }).sendRequest(request)
    expect(agents).toEqual([used ? agent : undefined])
  })
})
