import { type RegionalEndpoints } from './azure/regional-endpoints.ts'
import { type Clock } from './base/clock.ts'
import { isSameHost } from './registry/reference.ts'

/** Least time between two questions to ARM for hosts that are missing, in milliseconds. */
const REFRESH_MS = 1_000

/** The regional endpoints ARM has named so far. Those of new replicas appear while the run waits. */
export interface EndpointDirectory {
  readonly enabled: boolean
  hostOf(region: string): string | undefined
  /** The host of a region, asked of ARM again (now and then) where it is not known yet. */
  findHost(region: string): Promise<string | undefined>
  /** Whether a host is one of them: tokens go to no other. */
  includes(host: string): boolean
}

export function createEndpointDirectory(
  found: RegionalEndpoints,
  read: () => Promise<RegionalEndpoints>,
  clock: Clock,
): EndpointDirectory {
  const enabled = found.state === 'enabled'
  const hosts = new Map(found.hosts)
  let nextRead = Number.NEGATIVE_INFINITY
  let reading: Promise<void> = Promise.resolve()

  const refresh = async (): Promise<void> => {
    for (const [region, host] of (await read()).hosts) hosts.set(region, host)
  }
  return {
    enabled,
    hostOf: region => hosts.get(region),
    async findHost(region) {
      if (!enabled || hosts.has(region)) return hosts.get(region)
      if (clock.now() >= nextRead) {
        nextRead = clock.now() + REFRESH_MS
        reading = refresh()
      }
      await reading
      return hosts.get(region)
    },
    includes: host => [...hosts.values()].some(known => isSameHost(known, host)),
  }
}
