import { type Answer } from '../http/answer.ts'
import { type Call } from '../http/call.ts'
import { type GeoReplication } from '../geo/geo-replication.ts'
import { type Registry } from '../geo/registry.ts'
import { type Scenario } from '../scenario.ts'
import { metadataPath, serveMetadata } from './acr-metadata.ts'
import { serveData } from './oci/blobs.ts'
import { type OciContext } from './oci/oci-context.ts'
import { serveOci } from './oci/route.ts'
import { registryError } from './registry-error.ts'
import { type Replica } from './replica.ts'
import { type Routing } from './routing.ts'
import { challenge } from './sign-in/gatekeeper.ts'
import { type TokenService } from './sign-in/token-service.ts'

export interface StorefrontParts {
  registry: Registry
  scenario: Scenario
  tokens: TokenService
  replication: GeoReplication
  routing: Routing
}

/** The door to a registry's data: the login server and every replica's own address. */
export class Storefront {
  readonly #parts: StorefrontParts

  constructor(parts: StorefrontParts) {
    this.#parts = parts
  }

  /** A request to the login server: one of the replicas answers it. */
  async serveLogin(call: Call): Promise<Answer> {
    return this.#refuse('login') ?? this.#serve(call, this.#parts.routing.pick(call))
  }

  /**
   * A request to a replica's own server. By its regional name it goes only where regional endpoints are on; by the bare address (127.0.0.1) always,
   * which is for tests that look behind the scenes.
   */
  async serveReplica(call: Call, replica: Replica): Promise<Answer> {
    if (call.url.pathname.startsWith('/data/')) return serveData(replica, call)
    if (isBareAddress(call)) return this.#serve(call, replica)
    if (!this.#parts.registry.hasRegionalEndpoints) return { status: 404, headers: {}, body: '' }
    return this.#refuse(replica.region) ?? this.#serve(call, replica)
  }

  async #serve(call: Call, replica: Replica): Promise<Answer> {
    const { tokens, registry } = this.#parts
    const signIn = await tokens.serve(call)
    if (signIn) return signIn
    const refused = await challenge(call, tokens, registry.service)
    if (refused) return refused
    const context = this.#context(replica)
    const metadata = metadataPath(call.url.pathname)
    return metadata ? serveMetadata(context, call, metadata) : serveOci(context, call)
  }

  #context(replica: Replica): OciContext {
    const { registry, scenario, replication } = this.#parts
    return {
      replica,
      settings: registry.settings,
      pushed: push => replication.pushed(push),
      deleted: deletion => replication.deleted(deletion),
      elsewhere: has =>
        scenario.proxy.includes(replica.region)
          ? [...registry.replicas.values()].map(({ content }) => content).find(has)
          : undefined,
      dataHost: host => (host.startsWith('127.0.0.1') ? host : registry.dataHost(replica)),
    }
  }

  /** What keeps a client from a host: its name is hidden (421 for who knew it before), or a firewall. */
  #refuse(host: string): Answer | undefined {
    const { firewall, hiddenHosts } = this.#parts.scenario
    if (hiddenHosts.includes(host)) return { status: 421, headers: {} }
    if (!firewall.deny.includes(host) && this.#parts.registry.settings.publicNetworkAccess === 'Enabled')
      return undefined
    const text = `client with IP '${firewall.clientIp}' is not allowed access. Refer https://aka.ms/acr/firewall to grant access.`
    return registryError('DENIED', text)
  }
}

function isBareAddress({ host }: Call): boolean {
  return /^(127\.0\.0\.1|localhost)(:\d+)?$/.test(host)
}
