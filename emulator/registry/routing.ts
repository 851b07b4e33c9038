import { type Call } from '../http/call.ts'
import { type Registry } from '../geo/registry.ts'
import { type Scenario } from '../scenario.ts'
import { type Replica } from './replica.ts'

/** Which replica the login server's name leads to; Azure decides by DNS and network, here the scenario does. */
export class Routing {
  readonly #registry: Registry
  readonly #scenario: Scenario
  readonly #random: () => number

  constructor(registry: Registry, scenario: Scenario, random: () => number) {
    this.#registry = registry
    this.#scenario = scenario
    this.#random = random
  }

  pick(call: Call): Replica {
    const { mode, region, probability, of } = this.#scenario.routing
    const candidates = this.#routed()
    const home = candidates.find(replica => replica === this.#registry.home) ?? candidates[0] ?? this.#registry.home
    if (mode === 'home') return home
    const nearest = candidates.find(replica => replica.region === region) ?? home
    const mayBounce = mode === 'bounce' && (of === 'requests' || isManifestPut(call))
    if (!mayBounce || this.#random() >= probability) return nearest
    const others = candidates.filter(replica => replica !== nearest)
    return others[Math.floor(this.#random() * others.length)] ?? nearest
  }

  /** Provisioned replicas that take part in the login server's routing. */
  #routed(): Replica[] {
    const { replicas, replications } = this.#registry
    return [...replicas.values()].filter(({ region }) => replications.get(region)?.routing ?? true)
  }
}

function isManifestPut({ method, url }: Call): boolean {
  return method === 'PUT' && url.pathname.includes('/manifests/')
}
