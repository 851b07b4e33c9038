import { type RegionRow, regionTable } from './region-table.ts'
import { sovereignRegions } from './sovereign-regions.ts'

/** `Japan East` → `japaneast`, as ARM does. */
export function shortName(location: string): string {
  return location.replaceAll(/\s+/g, '').toLowerCase()
}

/** Is this the short name of a physical region, in whatever cloud? */
export function isRegion(name: string): boolean {
  return [regionTable, ...Object.values(sovereignRegions)].flat().some(row => shortName(row[0]) === name)
}

/** The regions of a cloud, told by what the names of its registries end with. */
function regionsOf(suffix: string): readonly RegionRow[] {
  return sovereignRegions[suffix] ?? regionTable
}

/** Display names of the regions where a cloud offers Container Registry. */
export function registryLocations(suffix: string): string[] {
  return regionsOf(suffix)
    .filter(row => row[8])
    .map(row => row[0])
}

/** The answer of `GET /subscriptions/{id}/locations`, physical regions only. */
export function locationsBody(subscriptionId: string, suffix: string): { value: unknown[] } {
  const id = (name: string) => `/subscriptions/${subscriptionId}/locations/${name}`
  const value = regionsOf(suffix).map(
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
