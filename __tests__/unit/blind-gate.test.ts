import { createHttpHeaders, type HttpClient, type PipelineRequest } from '@azure/core-rest-pipeline'
import { describe, expect, test } from '@jest/globals'
import { StepError } from '../../src/base/errors.ts'
import { startDeadline } from '../../src/base/deadline.ts'
import { gateBlindly } from '../../src/blind-gate.ts'
import { readInputs } from '../../src/inputs.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { quietJournal, rejection } from './fixtures.ts'

const CAUSE = new StepError('forbidden', 'Read registry contoso failed: HTTP 403')
const CUSTOM = { 'resource-manager-endpoint': 'https://arm.example', 'authority-host': 'https://login.example' }

/** How a run without ARM ends, and which hosts it asked. Each of them says that it is no registry. */
async function runBlind(environment: string, host: string, region: string, more: Record<string, string> = {}) {
  const texts: Record<string, string> = {
    image: `${host}/team/web:1.2`,
    regions: region,
    push: 'false',
    environment,
    ...(environment === 'custom' ? CUSTOM : {}),
    ...more,
  }
  const asked: string[] = []
  const http: HttpClient = {
    sendRequest: (request: PipelineRequest) => {
      asked.push(new URL(request.url).host)
      return Promise.resolve({ request, status: 200, headers: createHttpHeaders(), bodyAsText: '' })
    },
  }
  const clock = createFakeClock()
  const error = await rejection(
    gateBlindly({
      inputs: readInputs(name => texts[name] ?? '', {}),
      cause: CAUSE,
      entraTokens: [{ kind: 'registry', audience: 'container registries', get: () => Promise.resolve('token') }],
      deadline: startDeadline(60_000, clock, new AbortController().signal),
      clock,
      http,
      mask: () => undefined,
      state: { journal: quietJournal(), setOutputs: () => undefined },
    }),
  )
  return { error, asked: [...new Set(asked)] }
}

describe('without Azure Resource Manager', () => {
  test.each([
    ['azurecloud', 'contoso.eastus.geo.azurecr.io', 'eastus'],
    ['azurecloud', 'contoso-a1b2c3d4e5f6g7h8.eastus.geo.azurecr.io', 'East US'],
    ['azureusgovernment', 'contoso.usgovvirginia.geo.azurecr.us', 'USGov Virginia'],
    ['azureusgovernment', 'contoso-a1b2c3d4.usgovtexas.geo.azurecr.us', 'usgovtexas'],
    ['azurechinacloud', 'contoso-a1b2c3d4.chinanorth3.geo.azurecr.cn', 'China North 3'],
    ['custom', 'contoso.eastus.geo.azurecr.sovcloud-azure.de', 'eastus'],
  ])('%s: %s is asked', async (environment, host, region) => {
    const { error, asked } = await runBlind(environment, host, region)
    expect(asked).toEqual([host])
    // What it answered, and not that it must not be asked.
    expect(error.message).toContain(`Sign-in to ${host}`)
  })

  test.each([
    ['azurecloud', 'contoso.eastus.geo.azurecr.io.evil.example'],
    ['azurecloud', 'contoso.eastus.geo.notazurecr.io'],
    ['azureusgovernment', 'contoso.eastus.geo.azurecr.us.evil.example'],
    ['azurechinacloud', 'contoso.eastus.geo.azurecr.com'],
    ['azurecloud', 'contoso.eastus.geo.azurecr.io:8443'],
  ])('%s: %s gets no token, not even a request', async (environment, host) => {
    const { error, asked } = await runBlind(environment, host, 'eastus')
    expect(asked).toEqual([])
    expect(error).toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining(`${host} is no host of a container registry`),
    })
  })

  test.each([
    'contoso.eastus.geo.azurecr.io/web:1,fabrikam.westus.geo.azurecr.io',
    'contoso.eastus.geo.azurecr.io/web:1,fabrikam.azurecr.io',
  ])('hosts of two registries get no token: %s', async hosts => {
    const { error, asked } = await runBlind('azurecloud', hosts, 'eastus')
    expect(asked).toEqual([])
    expect(error.message).toContain('hosts of two registries: contoso.azurecr.io and fabrikam.azurecr.io')
  })

  test.each([
    ['a data endpoint', 'contoso.usgovvirginia.data.azurecr.us'],
    ['a login server', 'contoso-a1b2c3d4.azurecr.us'],
  ])('%s names no regional endpoint', async (_, host) => {
    const { error, asked } = await runBlind('azureusgovernment', host, 'usgovvirginia')
    expect(asked).toEqual([])
    expect(error).toMatchObject({
      kind: CAUSE.kind,
      message: expect.stringContaining('no regional endpoint for usgovvirginia'),
    })
  })
})
