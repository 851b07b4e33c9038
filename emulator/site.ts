import { type Provisioning } from './geo/provisioning.ts'
import { type Registry } from './geo/registry.ts'
import { type Ground, listen, type Listening } from './http/server.ts'
import { type Storefront } from './registry/storefront.ts'

/** The servers of one registry: its login server, and one per provisioned replica. */
export class Site {
  readonly registry: Registry
  readonly provisioning: Provisioning
  readonly #storefront: Storefront
  readonly #ground: Ground
  readonly #namesChanged: () => Promise<void>
  readonly #listening = new Map<string, Listening>()
  #login: Listening | undefined

  constructor(parts: {
    registry: Registry
    storefront: Storefront
    ground: Ground
    namesChanged: () => Promise<void>
    provisioning: (site: Site) => Provisioning
  }) {
    this.registry = parts.registry
    this.#storefront = parts.storefront
    this.#ground = parts.ground
    this.#namesChanged = parts.namesChanged
    this.provisioning = parts.provisioning(this)
  }

  /** Opens the login server and the home replica. */
  async start(): Promise<void> {
    this.#login = await listen(this.#ground, { service: 'registry', handle: call => this.#storefront.serveLogin(call) })
    this.registry.loginPort = this.#login.port
    await this.open(this.registry.settings.home)
  }

  /** Opens a region: storage, server, name. */
  async open(region: string): Promise<void> {
    if (this.registry.replicas.has(region)) return
    const replica = this.registry.addReplica(region)
    const listening = await listen(this.#ground, {
      service: 'registry',
      region,
      handle: call => this.#storefront.serveReplica(call, replica),
    })
    replica.port = listening.port
    this.#listening.set(region, listening)
    await this.#namesChanged()
  }

  /** Closes a region and throws its data away. */
  async close(region: string): Promise<void> {
    const replica = this.registry.replicas.get(region)
    this.registry.replicas.delete(region)
    await this.#listening.get(region)?.close()
    this.#listening.delete(region)
    replica?.discard()
    await this.#namesChanged()
  }

  async stop(): Promise<void> {
    await this.#login?.close()
    await Promise.all([...this.#listening.values()].map(listening => listening.close()))
  }
}
