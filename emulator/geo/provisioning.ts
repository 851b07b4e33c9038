import { type CreationPlot, type Scenario } from '../scenario.ts'
import { type Schedule } from '../schedule.ts'
import { timingOf } from '../timing.ts'
import { type GeoReplication } from './geo-replication.ts'
import { type Registry } from './registry.ts'
import { newReplication, type Replication, setState } from './replication-record.ts'

/** How an operation stands, as its poll shows it. */
export interface Progress {
  status: string
  error?: { code: string; message: string }
}

export interface ProvisioningParts {
  registry: Registry
  replication: GeoReplication
  scenario: Scenario
  schedule: Schedule
  /** Opens the region for business: storage, server, names. */
  open: (region: string) => Promise<void>
  /** Closes it again. */
  close: (region: string) => Promise<void>
}

/** The life of replicas: created, synced, ready; or what the scenario has for them. */
export class Provisioning {
  readonly #parts: ProvisioningParts

  constructor(parts: ProvisioningParts) {
    this.#parts = parts
  }

  /** Starts creating a replica; its record is there at once, Creating. */
  create(given: Partial<Replication> & { location: string }): { record: Replication; progress: Progress } {
    const { registry, scenario, schedule } = this.#parts
    const lies = scenario.creations[given.location]?.listSays
    const record = newReplication({ ...given, provisioningState: 'Creating', ...(lies ? { listSays: lies } : {}) })
    registry.replications.set(record.location, record)
    const progress: Progress = { status: 'Creating' }
    const timing = timingOf(scenario, record.location)
    if (!registry.replications.has(registry.settings.home)) schedule.after(timing.home, () => this.#showHome())
    schedule.after(timing.create, () => void this.#created(record, progress))
    return { record, progress }
  }

  /** Starts deleting a replica. */
  remove(record: Replication): Progress {
    const { registry, scenario, schedule, close } = this.#parts
    setState(record, 'Deleting', record.displayStatus)
    const progress: Progress = { status: 'Deleting' }
    schedule.after(timingOf(scenario, record.location).delete, () => {
      this.#drop(record)
      registry.deletedAt.set(record.location, Date.now())
      progress.status = 'Succeeded'
      void close(record.location)
    })
    return progress
  }

  /** Takes a replica away at once, as a rollback or another administrator does. */
  vanish(location: string): void {
    const record = this.#parts.registry.replications.get(location)
    if (!record) return
    this.#drop(record)
    void this.#parts.close(location)
  }

  async #created(record: Replication, progress: Progress): Promise<void> {
    if (!this.#isCurrent(record)) return
    const plot = this.#plot(record.location)
    const outcome = plot.replica ?? 'succeeds'
    end(progress, plot.operation ?? (outcome === 'vanishes' ? 'fails' : outcome), plot)
    if (outcome === 'succeeds') await this.#sync(record)
    else if (outcome === 'fails') setState(record, 'Failed')
    else if (outcome === 'vanishes') this.vanish(record.location)
  }

  async #sync(record: Replication): Promise<void> {
    const { registry, replication, open } = this.#parts
    await open(record.location)
    setState(record, 'Succeeded', 'Syncing')
    const replica = registry.replicas.get(record.location)
    if (replica) await replication.backfill(replica, record.createdAt)
    if (!this.#isCurrent(record) || record.displayStatus !== 'Syncing') return
    setState(record, record.provisioningState, this.#plot(record.location).displayStatus ?? 'Ready')
  }

  /** Creating a region that was only just deleted fails for a while. */
  #plot(location: string): CreationPlot {
    const { registry, scenario } = this.#parts
    const deleted = registry.deletedAt.get(location)
    const { recreate } = timingOf(scenario, location)
    if (deleted !== undefined && Date.now() < deleted + recreate * 1000) {
      return {
        replica: 'vanishes',
        error: { code: 'ReplicationConflict', message: `The replication in '${location}' is still being deleted.` },
      }
    }
    return scenario.creations[location] ?? {}
  }

  #showHome(): void {
    const { registry } = this.#parts
    const location = registry.settings.home
    if (!registry.replications.has(location))
      registry.replications.set(location, newReplication({ location, createdByType: 'Application' }))
  }

  #isCurrent(record: Replication): boolean {
    return this.#parts.registry.replications.get(record.location) === record
  }

  #drop(record: Replication): void {
    if (this.#isCurrent(record)) this.#parts.registry.replications.delete(record.location)
  }
}

function end(progress: Progress, how: 'succeeds' | 'fails' | 'stuck', plot: CreationPlot): void {
  if (how === 'stuck') return
  progress.status = how === 'succeeds' ? 'Succeeded' : 'Failed'
  if (how === 'fails')
    progress.error = plot.error ?? { code: 'InternalServerError', message: 'The replication could not be created.' }
}
