/** A replication as ARM knows it. */
export interface Replication {
  readonly name: string
  readonly location: string
  tags: Record<string, string>
  /** ARM: regionEndpointEnabled. */
  routing: boolean
  zoneRedundancy: string
  provisioningState: string
  /** Absent while Creating. */
  displayStatus?: string
  /** When the status last changed, milliseconds since 1970. */
  statusSince: number
  readonly createdAt: number
  /** `Application`: Azure made it, as it does with the home replica. */
  readonly createdByType: 'User' | 'Application'
  listSays?: { provisioningState?: string; displayStatus?: string }
}

/** A new record; ready where nothing else is said. */
export function newReplication(given: Partial<Replication> & { location: string }): Replication {
  const provisioningState = given.provisioningState ?? 'Succeeded'
  const displayStatus = given.displayStatus ?? (provisioningState === 'Succeeded' ? 'Ready' : undefined)
  return {
    name: given.location,
    tags: {},
    routing: true,
    zoneRedundancy: 'Disabled',
    statusSince: Date.now(),
    createdAt: Date.now(),
    createdByType: 'User',
    ...given,
    provisioningState,
    ...(displayStatus === undefined ? {} : { displayStatus }),
  }
}

/** Moves a record on. */
export function setState(record: Replication, provisioningState: string, displayStatus?: string): void {
  record.provisioningState = provisioningState
  if (displayStatus === undefined) delete record.displayStatus
  else record.displayStatus = displayStatus
  record.statusSince = Date.now()
}
