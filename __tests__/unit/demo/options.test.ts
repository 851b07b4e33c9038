import { describe, expect, test } from '@jest/globals'
import { readOptions } from '../../../demo/options.ts'

describe('readOptions', () => {
  test('tells the story of the README by default', async () => {
    expect(await readOptions([])).toEqual({
      scenario: {},
      keep: false,
      inputs: { regions: 'eastus\nCanada Central\nwesteurope\njapaneast' },
    })
  })

  test('asks for the regions that a scenario times, in its order', async () => {
    const { inputs, scenario } = await readOptions(['--scenario', 'demo/five-regions.json'])
    expect(inputs['regions']?.split('\n')).toEqual([
      'japaneast',
      'eastus',
      'canadacentral',
      'westeurope',
      'australiaeast',
    ])
    expect(scenario.replicas).toHaveLength(3)
  })

  test('takes inputs of any number, with what follows the first equals sign as the value', async () => {
    const { inputs, keep } = await readOptions(['--keep', '--inputs', 'regions=eastus', '--inputs', 'image=a=b'])
    expect([inputs, keep]).toEqual([{ regions: 'eastus', image: 'a=b' }, true])
  })

  test.each([['regions'], ['=x']])('refuses --inputs %s', pair =>
    expect(readOptions(['--inputs', pair])).rejects.toThrow(`key=value, not '${pair}'`),
  )

  test('refuses an option it does not have', () => expect(readOptions(['--fast'])).rejects.toThrow('--fast'))
})
