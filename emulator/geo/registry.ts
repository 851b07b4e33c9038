import { Replica } from '../registry/replica.ts'
import { type RegistrySettings, type Scenario } from '../scenario.ts'
import { type Replication } from './replication-record.ts'
import { type Webhook } from './webhook-record.ts'

/** One registry: what ARM knows of it, and the replicas that hold its data. */
export class Registry {
  readonly settings: RegistrySettings
  readonly createdAt = Date.now()
  /** By location; the home region is among them once the registry is geo-replicated. */
  readonly replications = new Map<string, Replication>()
  /** Data by region, from when the region is provisioned; home always. */
  readonly replicas = new Map<string, Replica>()
  readonly webhooks = new Map<string, Webhook>()
  /** When a region was deleted, milliseconds since 1970. */
  readonly deletedAt = new Map<string, number>()
  provisioningState = 'Succeeded'
  loginPort = 0
  readonly #scenario: Scenario
  readonly #folder: string

  constructor(settings: RegistrySettings, scenario: Scenario, folder: string) {
    this.settings = settings
    this.#scenario = scenario
    this.#folder = folder
  }

  /** The home region's data; there is no registry without. */
  get home(): Replica {
    const home = this.replicas.get(this.settings.home)
    if (!home) throw new Error(`${this.settings.name} has no home`)
    return home
  }

  addReplica(region: string): Replica {
    const replica = new Replica(region, this.#folder)
    this.replicas.set(region, replica)
    return replica
  }

  /** host:port of the login server. */
  get loginServer(): string {
    return `${this.settings.label}.${this.#suffix('login')}:${this.loginPort}`
  }

  /** Name of the registry as a token service: the login server, whether its name resolves or not. */
  get service(): string {
    return `${this.settings.label}.${this.settings.suffix}:${this.loginPort}`
  }

  /** host:port of a region's endpoint, whether it is switched on or not. */
  regionalHost({ region, port }: Replica): string {
    return `${this.settings.label}.${region}.geo.${this.#suffix(region)}:${port}`
  }

  /** host:port blobs of a region are read from. */
  dataHost({ region, port }: Replica): string {
    return `${this.settings.label}.${region}.data.${this.settings.suffix}:${port}`
  }

  get hasRegionalEndpoints(): boolean {
    return this.settings.regionalEndpoints === 'Enabled'
  }

  /** Hosts as ARM lists them: one per provisioned region, the home region's too. */
  get regionalHosts(): string[] {
    return this.hasRegionalEndpoints ? [...this.replicas.values()].map(replica => this.regionalHost(replica)) : []
  }

  /** Every name that must lead to 127.0.0.1. */
  get names(): string[] {
    const replicas = [...this.replicas.values()]
    const hosts = [this.loginServer, ...this.regionalHosts, ...replicas.map(replica => this.dataHost(replica))]
    return hosts.map(host => host.replace(/:\d+$/, '')).filter(name => !name.endsWith('.invalid'))
  }

  /** A host that shall not resolve gets the one suffix that never does (RFC 6761). */
  #suffix(host: string): string {
    return this.#scenario.hiddenHosts.includes(host) ? 'invalid' : this.settings.suffix
  }
}
