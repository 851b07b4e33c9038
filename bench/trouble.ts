import { type Emulator, type Fault } from '../emulator/index.ts'
import { type Scenario } from '../emulator/scenario.ts'

/** What a run of the soak meets. */
export interface Trouble {
  readonly regions: readonly string[]
  readonly waitFor: 'auto' | 'all' | 'image'
  readonly faults: readonly Fault[]
  /** Each answers how to undo it. */
  readonly changes: readonly ((azure: Emulator) => () => void)[]
  /** Milliseconds until the run is cancelled. */
  readonly cancelAfter: number | undefined
  readonly signal: 'SIGINT' | 'SIGTERM'
}

const PLACES: readonly Fault['match'][] = [
  { service: 'arm' },
  { service: 'arm', method: 'PUT' },
  { service: 'arm', path: '/replications' },
  { service: 'arm', path: '/replications/(eastus|japaneast)' },
  { service: 'entra' },
  { service: 'github' },
  { service: 'registry' },
  { service: 'registry', region: 'eastus' },
  { service: 'registry', path: '/oauth2/' },
  { service: 'registry', path: '/manifests/' },
  { service: 'registry', path: '/blobs/' },
  { service: 'registry', method: 'PUT' },
]

const ACTIONS: readonly Fault['action'][] = [
  { status: 429 },
  { status: 429, headers: { 'retry-after': '1' } },
  { status: 500, body: 'Oops' },
  { status: 503, headers: { 'retry-after': '0' } },
  { status: 404 },
  { status: 401 },
  { status: 403 },
  { status: 200, body: '<html>not what was asked for</html>' },
  { status: 200, body: '{}' },
  { status: 400, body: { errors: [{ code: 'MANIFEST_BLOB_UNKNOWN', message: 'manifest blob unknown to registry' }] } },
  { reset: true },
  { close: true },
  { truncate: true },
  { stall: 1 },
  { hang: true },
  { after: true, reset: true },
]

/** Draws what goes wrong next. The same random numbers give the same troubles. */
export function randomTrouble(random: () => number): Trouble {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
  const some = <T>(most: number, make: () => T): T[] => Array.from({ length: Math.floor(random() * (most + 1)) }, make)
  const faults = some(3, () => {
    const often = pick<Partial<Fault>>([{ count: 1 }, { count: 3 }, { skip: 3, count: 2 }, { probability: 0.2 }, {}])
    return { match: pick(PLACES), action: pick(ACTIONS), ...often }
  })
  return {
    regions: pick([
      ['eastus'],
      ['eastus', 'canadacentral'],
      ['eastus', 'japaneast'],
      ['westus', 'uksouth', 'canadacentral'],
    ]),
    waitFor: pick(['auto', 'auto', 'all', 'image'] as const),
    faults,
    changes: some(2, () => pick(CHANGES)),
    cancelAfter: random() < 0.1 ? 300 + random() * 3000 : undefined,
    signal: pick(['SIGINT', 'SIGTERM'] as const),
  }
}

/** Something that is otherwise in Azure, until it is undone. */
const withScenario = (set: (scenario: Scenario) => () => void) => (azure: Emulator) => {
  let undo = () => {}
  azure.update(scenario => (undo = set(scenario)))
  return () => azure.update(undo)
}
const creating = (plot: Scenario['creations'][string]) =>
  withScenario(scenario => {
    scenario.creations['japaneast'] = plot
    return () => delete scenario.creations['japaneast']
  })
const late = (timing: Scenario['timing'][string]) =>
  withScenario(scenario => {
    scenario.timing['eastus'] = timing
    return () => delete scenario.timing['eastus']
  })

const CHANGES: Trouble['changes'] = [
  creating({ replica: 'fails' }),
  creating({ replica: 'vanishes' }),
  creating({ replica: 'stuck' }),
  creating({ operation: 'fails' }),
  creating({ listSays: { provisioningState: 'Succeeded', displayStatus: 'Ready' }, replica: 'stuck' }),
  late({ blobs: 3 }),
  late({ tags: 3600 }),
  withScenario(scenario => {
    scenario.firewall.deny = ['eastus']
    return () => (scenario.firewall.deny = [])
  }),
  withScenario(scenario => {
    scenario.routing = { mode: 'bounce', probability: 0.3, of: 'requests' }
    return () => (scenario.routing = { mode: 'nearest', probability: 0.1, of: 'manifests' })
  }),
]
