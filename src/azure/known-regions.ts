/** A region of Azure as people and ARM write it, and where it is on the map. */
export interface KnownRegion {
  /** Short name, as ARM normalizes it. */
  readonly name: string
  readonly displayName: string
  /** Degrees. */
  readonly latitude: number
  readonly longitude: number
}

type Row = readonly [displayName: string, latitude: number, longitude: number]

/**
 * The physical regions of `GET /subscriptions/{id}/locations` (2026-08) and those of the sovereign clouds (their published lists).
 * A fallback and a source of coordinates: which regions offer ACR is asked of ARM.
 */
const ROWS: readonly Row[] = [
  ['Australia Central', -35.3075, 149.1244],
  ['Australia Central 2', -35.3075, 149.1244],
  ['Australia East', -33.86, 151.2094],
  ['Australia Southeast', -37.8136, 144.9631],
  ['Austria East', 48.2092, 16.3728],
  ['Belgium Central', 50.8455, 4.3557],
  ['Brazil South', -23.55, -46.633],
  ['Brazil Southeast', -22.9028, -43.2075],
  ['Canada Central', 43.653, -79.383],
  ['Canada East', 46.817, -71.217],
  ['Central India', 18.5822, 73.9197],
  ['Central US', 41.5908, -93.6208],
  ['Central US EUAP', 41.5908, -93.6208],
  ['Chile Central', -33.4475, -70.6737],
  ['Denmark East', 55.6759, 12.5655],
  ['East Asia', 22.267, 114.188],
  ['East US', 37.3719, -79.8164],
  ['East US 2', 36.6681, -78.3889],
  ['East US 2 EUAP', 36.6681, -78.3889],
  ['France Central', 46.3772, 2.373],
  ['France South', 43.8345, 2.1972],
  ['Germany North', 53.0736, 8.8064],
  ['Germany West Central', 50.1109, 8.6821],
  ['Indonesia Central', -6.2, 106.8167],
  ['Israel Central', 31.2656, 33.4507],
  ['Italy North', 45.4689, 9.1811],
  ['Japan East', 35.68, 139.77],
  ['Japan West', 34.6939, 135.5022],
  ['Jio India Central', 21.1466, 79.0889],
  ['Jio India West', 22.4707, 70.0577],
  ['Korea Central', 37.5665, 126.978],
  ['Korea South', 35.1796, 129.0756],
  ['Malaysia West', 3.1409, 101.6932],
  ['Mexico Central', 20.5888, -100.3899],
  ['New Zealand North', -36.8485, 174.7635],
  ['North Central US', 41.8819, -87.6278],
  ['North Europe', 53.3478, -6.2597],
  ['Norway East', 59.9139, 10.7522],
  ['Norway West', 58.97, 5.7331],
  ['Poland Central', 52.2333, 21.0167],
  ['Qatar Central', 25.5515, 51.4393],
  ['South Africa North', -25.7313, 28.2184],
  ['South Africa West', -34.0757, 18.8433],
  ['South Central US', 29.4167, -98.5],
  ['Southeast Asia', 1.283, 103.833],
  ['South India', 12.9822, 80.1636],
  ['Spain Central', 40.4259, 3.4209],
  ['Sweden Central', 60.6749, 17.1413],
  ['Switzerland North', 47.4515, 8.5646],
  ['Switzerland West', 46.2044, 6.1432],
  ['UAE Central', 24.4667, 54.3667],
  ['UAE North', 25.2667, 55.3167],
  ['UK South', 50.941, -0.799],
  ['UK West', 53.427, -3.084],
  ['West Central US', 40.89, -110.234],
  ['West Europe', 52.3667, 4.9],
  ['West India', 19.088, 72.868],
  ['West US', 37.783, -122.417],
  ['West US 2', 47.233, -119.852],
  ['West US 3', 33.4484, -112.074],
  ['USGov Virginia', 37.3719, -79.8164],
  ['USGov Texas', 29.4241, -98.4936],
  ['USGov Arizona', 33.4484, -112.074],
  ['USDoD Central', 41.6005, -93.6091],
  ['USDoD East', 36.6676, -78.3875],
  ['China North', 39.9042, 116.4074],
  ['China North 2', 39.9042, 116.4074],
  ['China North 3', 40.8244, 114.8875],
  ['China East', 31.2304, 121.4737],
  ['China East 2', 31.2304, 121.4737],
  ['China East 3', 31.2989, 120.5853],
]

/** All regions this release knows, by short name. */
export const KNOWN_REGIONS: ReadonlyMap<string, KnownRegion> = new Map(
  ROWS.map(([displayName, latitude, longitude]) => {
    const name = displayName.replaceAll(' ', '').toLowerCase()
    return [name, { name, displayName, latitude, longitude }]
  }),
)
