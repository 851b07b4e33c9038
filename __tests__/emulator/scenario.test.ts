import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { defaultScenario } from '../../emulator/default-scenario.ts'
import { fillIn } from '../../emulator/fill-in.ts'
import { type ScenarioInput, startEmulator } from '../../emulator/index.ts'
import { checkScenario } from '../../emulator/scenario-check.ts'

const samples = join(import.meta.dirname, '../../emulator/scenarios')

test.each(readdirSync(samples))('the sample %s is one', async file => {
  const scenario = JSON.parse(readFileSync(join(samples, file), 'utf8')) as ScenarioInput
  expect(() => checkScenario(scenario)).not.toThrow()
})

describe('a scenario', () => {
  test('may say nothing: Contoso’s story', () => {
    expect(fillIn({})).toEqual(defaultScenario())
  })

  test('keeps what it doesn’t mention; lists replace lists', () => {
    const scenario = fillIn({ registry: { name: 'Fabrikam' }, replicas: [], timing: { japaneast: { create: 9 } } })
    expect(scenario.registry).toMatchObject({ name: 'Fabrikam', label: 'fabrikam', sku: 'Premium' })
    expect(scenario.replicas).toEqual([])
    expect(scenario.timing).toMatchObject({ default: { create: 2 }, japaneast: { create: 9 } })
  })

  test('of a Basic registry has no replicas unless it says so', () => {
    expect(fillIn({ registry: { sku: 'Basic' } })).toMatchObject({
      replicas: [],
      registry: { regionalEndpoints: 'Disabled' },
    })
    expect(fillIn({ registry: { sku: 'Basic' }, replicas: [{ location: 'eastus' }] }).replicas.length).toBe(1)
  })

  test('knows everything the default has', () => {
    expect(() => checkScenario(defaultScenario())).not.toThrow()
  })

  test.each<[string, unknown, string]>([
    ['a misspelt part', { replica: [] }, 'scenario.replica is not known; did you mean replicas?'],
    [
      'a misspelt duration',
      { timing: { japaneast: { creat: 1 } } },
      'scenario.timing.japaneast.creat is not known; did you mean create?',
    ],
    [
      'a negative duration',
      { timing: { default: { sync: -1 } } },
      'scenario.timing.default.sync must be a number, zero or more, not -1',
    ],
    [
      'another SKU',
      { registry: { sku: 'Gold' } },
      'scenario.registry.sku must be one of Basic, Standard, Premium, not "Gold"',
    ],
    ['an object for a list', { faults: {} }, 'scenario.faults must be a list, not {}'],
    [
      'a role nobody has',
      { identity: { roles: [{ role: 'King' }] } },
      'scenario.identity.roles[0].role must be one of Owner, Contributor',
    ],
    ['a region that is none', { timing: { japanest: {} } }, 'scenario.timing.japanest is not a region'],
    [
      'a replica nowhere',
      { replicas: [{ location: 'Japan East' }] },
      'scenario.replicas[0].location must be the short name of a region, not "Japan East"',
    ],
    [
      'a host that is none',
      { firewall: { deny: ['logon'] } },
      'scenario.firewall.deny[0] must be the short name of a region, not "logon"',
    ],
    [
      'a pattern that is none',
      { faults: [{ match: { path: '(' }, action: {} }] },
      'scenario.faults[0].match.path must be a regular expression, not "("',
    ],
    [
      'a suffix with its dot',
      { registry: { suffix: '.azurecr.us' } },
      'scenario.registry.suffix must be a domain in lower case, not ".azurecr.us"',
    ],
    ['no object at all', [], 'scenario must be an object, not []'],
  ])('with %s is refused', async (_what, scenario, message) => {
    await expect(startEmulator(scenario as ScenarioInput)).rejects.toThrow(message)
  })
})
