import { type RegionRow } from './region-table.ts'

/**
 * Regions of the clouds that are not Azure's public one, by the suffix their registries have. Names as those clouds write them; all three of US
 * Government for civil use and all of China offer Container Registry.
 */
// prettier-ignore
export const sovereignRegions: Readonly<Record<string, readonly RegionRow[]>> = {
  'azurecr.us': [
    ['USGov Arizona', 'US Government', 'US Government', 'Phoenix', 33.4484, -112.074, 'Other', 'usgovtexas', true],
    ['USGov Texas', 'US Government', 'US Government', 'San Antonio', 29.4241, -98.4936, 'Other', 'usgovarizona', true],
    ['USGov Virginia', 'US Government', 'US Government', 'Boydton', 37.3719, -79.8164, 'Other', 'usgovtexas', true],
  ],
  'azurecr.cn': [
    ['China East', 'China', 'China', 'Shanghai', 31.2304, 121.4737, 'Other', 'chinanorth', true],
    ['China East 2', 'China', 'China', 'Shanghai', 31.2304, 121.4737, 'Other', 'chinanorth2', true],
    ['China East 3', 'China', 'China', 'Jiangsu', 31.2989, 120.5853, 'Other', 'chinanorth3', true],
    ['China North', 'China', 'China', 'Beijing', 39.9042, 116.4074, 'Other', 'chinaeast', true],
    ['China North 2', 'China', 'China', 'Beijing', 39.9042, 116.4074, 'Other', 'chinaeast2', true],
    ['China North 3', 'China', 'China', 'Hebei', 40.8244, 114.8875, 'Other', 'chinaeast3', true],
  ],
}
