import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { KNOWN_REGIONS } from '../../../src/azure/known-regions.ts'
import {
  displayNameOf,
  knownRegions,
  nearestRegion,
  normalizeRegion,
  offeredRegions,
  unknownRegion,
} from '../../../src/azure/regions.ts'

const OFFERED = offeredRegions(['East US', 'East US 2', 'West US', 'West Europe', 'Japan East', 'Japan West'])

test.each([
  ['Japan East', 'japaneast'],
  ['  EAST us\t2 ', 'eastus2'],
  ['japaneast', 'japaneast'],
  ['', ''],
])('normalizeRegion %j', (text, name) => expect(normalizeRegion(text)).toBe(name))

test('offeredRegions keeps the names people read', () => {
  expect([...offeredRegions(['East US 2', 'Japan East'])]).toEqual([
    ['eastus2', 'East US 2'],
    ['japaneast', 'Japan East'],
  ])
})

test.each([
  ['eastus', 'East US'],
  ['northeurope', 'North Europe'],
  ['marsnorth', 'marsnorth'],
])('displayNameOf %s, offered or known or neither', (region, name) => expect(displayNameOf(region, OFFERED)).toBe(name))

describe('nearestRegion', () => {
  test.each([
    ['japaneats', 'japaneast'],
    ['japneast', 'japaneast'],
    ['jpaaneast', 'japaneast'],
    ['eastjapan', 'japaneast'],
    ['useast', 'eastus'],
    ['useast2', 'eastus2'],
    ['europewest', 'westeurope'],
    ['westeuorpe', 'westeurope'],
    ['eastus3', 'eastus'],
  ])('%s is meant to be %s', (typo, region) => expect(nearestRegion(typo, OFFERED)).toBe(region))

  test.each(['x', 'brazilsouth', ''])('%j is near nothing', text =>
    expect(nearestRegion(text, OFFERED)).toBeUndefined(),
  )

  test('whatever is typed, it is an offered region or none; a typo of one letter finds its region', () => {
    fc.assert(fc.property(fc.string(), text => [undefined, ...OFFERED.keys()].includes(nearestRegion(text, OFFERED))))
    const region = fc.constantFrom('japanwest', 'westeurope')
    fc.assert(
      fc.property(region, fc.nat(8), (name, index) => {
        expect(nearestRegion(`${name.slice(0, index)}x${name.slice(index + 1)}`, OFFERED)).toBe(name)
      }),
    )
  })
})

describe('unknownRegion', () => {
  test('names the nearest match', () => {
    expect(unknownRegion('japaneats', OFFERED)).toMatchObject({
      kind: 'invalid',
      message: "Unknown region 'japaneats' in input 'regions'",
      remedy: expect.stringContaining('Did you mean japaneast (Japan East)?'),
    })
  })

  test('says of a region of Azure that it is not offered', () => {
    expect(unknownRegion('westindia', OFFERED).message).toBe(
      "Azure Container Registry is not offered in West India ('westindia') for this subscription",
    )
  })

  test('does without a match', () => {
    expect(unknownRegion('x', OFFERED).remedy).toBe(
      'Short names (japaneast) and display names (Japan East) are accepted.',
    )
  })
})

describe('known regions', () => {
  test('have short names that their display names normalize to, and a place on the map', () => {
    expect(KNOWN_REGIONS.size).toBeGreaterThan(60)
    for (const [key, { name, displayName, latitude, longitude }] of KNOWN_REGIONS) {
      expect([key, normalizeRegion(displayName)]).toEqual([name, name])
      expect(name).toMatch(/^[a-z0-9]+$/)
      expect(Math.abs(latitude)).toBeLessThanOrEqual(90)
      expect(Math.abs(longitude)).toBeLessThanOrEqual(180)
    }
  })

  test.each(['eastus', 'westeurope', 'japaneast', 'usgovvirginia', 'chinanorth3', 'southindia'])('have %s', region =>
    expect(knownRegions().has(region)).toBe(true),
  )
})
