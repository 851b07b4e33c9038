import { describe, expect, test } from '@jest/globals'
import { type RegionalEndpoints } from '../../src/azure/regional-endpoints.ts'
import { createEndpointDirectory } from '../../src/endpoint-directory.ts'
import { createFakeClock } from '../support/fake-clock.ts'

const host = (region: string) => `contoso.${region}.geo.azurecr.io`
const endpoints = (regions: string[], state: RegionalEndpoints['state'] = 'enabled'): RegionalEndpoints => ({
  state,
  hosts: new Map(regions.map(region => [region, host(region)])),
  contentTrust: false,
  provisioningState: 'succeeded',
})

function directory(found: RegionalEndpoints, answers: (RegionalEndpoints | Error)[] = []) {
  const clock = createFakeClock()
  const asked: number[] = []
  const made = createEndpointDirectory(
    found,
    async () => {
      asked.push(clock.now())
      const answer = answers.shift() ?? found
      if (answer instanceof Error) throw answer
      return answer
    },
    clock,
  )
  return { clock, asked, made }
}

describe('createEndpointDirectory', () => {
  test('knows the hosts ARM named, without asking again', async () => {
    const { made, asked } = directory(endpoints(['eastus']))
    expect([made.enabled, made.hostOf('eastus'), made.hostOf('westus')]).toEqual([true, host('eastus'), undefined])
    expect(await made.findHost('eastus')).toBe(host('eastus'))
    expect([made.includes(host('eastus')), made.includes(host('westus')), made.includes('eastus')]).toEqual([
      true,
      false,
      false,
    ])
    expect(asked).toEqual([])
  })

  test('asks for hosts that are missing, once for all who miss one', async () => {
    const { made, asked } = directory(endpoints(['eastus']), [endpoints(['eastus', 'westus', 'japaneast'])])
    expect(await Promise.all(['westus', 'japaneast', 'northeurope'].map(region => made.findHost(region)))).toEqual([
      host('westus'),
      host('japaneast'),
      undefined,
    ])
    expect([asked.length, made.includes(host('westus'))]).toEqual([1, true])
  })

  test('asks again after a while, not at every look', async () => {
    const { made, asked, clock } = directory(endpoints([]), [endpoints([]), endpoints(['westus'])])
    expect(await made.findHost('westus')).toBeUndefined()
    expect(await made.findHost('westus')).toBeUndefined()
    clock.advance(10_000)
    expect(await made.findHost('westus')).toBe(host('westus'))
    expect(asked).toHaveLength(2)
  })

  test('a host once named stays', async () => {
    const { made } = directory(endpoints(['eastus']), [endpoints(['westus'])])
    await made.findHost('westus')
    expect(made.hostOf('eastus')).toBe(host('eastus'))
  })

  test('a question that fails is asked again later', async () => {
    const { made, clock } = directory(endpoints([]), [new Error('HTTP 503'), endpoints(['westus'])])
    await expect(made.findHost('westus')).rejects.toThrow('HTTP 503')
    clock.advance(10_000)
    expect(await made.findHost('westus')).toBe(host('westus'))
  })

  test.each(['disabled', 'unknown'] as const)('%s: there is nothing to find', async state => {
    const { made, asked } = directory(endpoints([], state))
    expect([made.enabled, await made.findHost('eastus'), asked]).toEqual([false, undefined, []])
  })
})
