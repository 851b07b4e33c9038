import { StepError } from '../base/errors.ts'
import { KNOWN_REGIONS } from './known-regions.ts'

/** Regions that offer ACR, by short name, with the name people read. */
export type OfferedRegions = ReadonlyMap<string, string>

/** The short name of a region however it is written: `Japan East` and `japaneast` are one (ARM normalizes locations this way). */
export function normalizeRegion(text: string): string {
  return text.replace(/\s+/g, '').toLowerCase()
}

/** The regions in a list of display names, as provider metadata gives them. */
export function offeredRegions(displayNames: readonly string[]): OfferedRegions {
  return new Map(displayNames.map(name => [normalizeRegion(name), name]))
}

/** All regions this release knows, for when ARM does not tell. */
export function knownRegions(): OfferedRegions {
  return new Map([...KNOWN_REGIONS.values()].map(({ name, displayName }) => [name, displayName]))
}

/** The display name of a region, or its short name where nobody knows one. */
export function displayNameOf(region: string, offered: OfferedRegions): string {
  return offered.get(region) ?? KNOWN_REGIONS.get(region)?.displayName ?? region
}

/** The error for a region that ACR does not offer: it names the nearest one that it does. */
export function unknownRegion(region: string, offered: OfferedRegions): StepError {
  const nearest = nearestRegion(region.toLowerCase().replace(/[^a-z0-9]/g, ''), offered)
  const hint = nearest === undefined ? '' : `Did you mean ${nearest} (${offered.get(nearest)})? `
  const known = KNOWN_REGIONS.get(region)
  const what =
    known === undefined
      ? `Unknown region '${region}' in input 'regions'`
      : `Azure Container Registry is not offered in ${known.displayName} ('${region}') for this subscription`
  return new StepError('invalid', what, {
    remedy: `${hint}Short names (japaneast) and display names (Japan East) are accepted.`,
  })
}

/** The offered region whose name takes the fewest edits to reach; undefined when nothing is close. */
export function nearestRegion(region: string, offered: OfferedRegions): string | undefined {
  let nearest: string | undefined
  let fewest = Math.max(3, Math.ceil(region.length / 2))
  for (const candidate of offered.keys()) {
    const edits = editDistance(region, candidate)
    if (edits < fewest) {
      fewest = edits
      nearest = candidate
    }
  }
  return nearest
}

/** Levenshtein distance, with a swap of neighbours counted as one edit; `useast` and `eastus` count as a rotation of words. */
function editDistance(from: string, to: string): number {
  const rows = [Array.from({ length: to.length + 1 }, (_, column) => column)]
  const at = (row: number, column: number) => rows[row]?.[column] ?? Number.POSITIVE_INFINITY
  for (let i = 1; i <= from.length; i += 1) {
    const row = [i]
    rows.push(row)
    for (let j = 1; j <= to.length; j += 1) {
      const same = from[i - 1] === to[j - 1]
      const swapped = from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]
      row.push(
        Math.min(
          at(i - 1, j) + 1,
          at(i, j - 1) + 1,
          at(i - 1, j - 1) + (same ? 0 : 1),
          swapped ? at(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      )
    }
  }
  const edits = at(from.length, to.length)
  return isRotation(from, to) ? Math.min(edits, 1) : edits
}

/** Whether two names are the same words in another order: `useast2` and `eastus2`. */
function isRotation(from: string, to: string): boolean {
  const [, letters = '', digits = ''] = /^(.*?)(\d*)$/.exec(from) ?? []
  const [, wanted = '', wantedDigits = ''] = /^(.*?)(\d*)$/.exec(to) ?? []
  return digits === wantedDigits && letters.length === wanted.length && `${letters}${letters}`.includes(wanted)
}
