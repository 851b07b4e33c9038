import { regionTable } from './region-table.ts'

/** `Japan East` → `japaneast`, as ARM does. */
export function shortName(location: string): string {
  return location.replaceAll(/\s+/g, '').toLowerCase()
}

/** Is this the short name of one of Azure's physical regions? */
export function isRegion(name: string): boolean {
  return regionTable.some(row => shortName(row[0]) === name)
}

/** Display names of the regions where Container Registry is offered. */
export const registryLocations: string[] = regionTable.filter(row => row[8]).map(row => row[0])

export function offersRegistry(location: string): boolean {
  return registryLocations.some(name => shortName(name) === shortName(location))
}

/** The answer of `GET /subscriptions/{id}/locations`, physical regions only. */
export function locationsBody(subscriptionId: string): { value: unknown[] } {
  const id = (name: string) => `/subscriptions/${subscriptionId}/locations/${name}`
  const value = regionTable.map(
    ([displayName, geography, geographyGroup, physicalLocation, latitude, longitude, regionCategory, pair]) => ({
      id: id(shortName(displayName)),
      name: shortName(displayName),
      type: 'Region',
      displayName,
      regionalDisplayName: `(${geographyGroup}) ${displayName}`,
      metadata: {
        regionType: 'Physical',
        regionCategory,
        geography,
        geographyGroup,
        longitude: String(longitude),
        latitude: String(latitude),
        physicalLocation,
        pairedRegion: pair === '' ? [] : [{ id: id(pair), name: pair }],
      },
    }),
  )
  return { value }
}
