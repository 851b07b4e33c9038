import { join } from 'node:path'
import { type Access } from './entra/permissions.ts'
import { type TokenSigner } from './entra/token-signer.ts'
import { GeoReplication } from './geo/geo-replication.ts'
import { Provisioning } from './geo/provisioning.ts'
import { Registry } from './geo/registry.ts'
import { newReplication } from './geo/replication-record.ts'
import { type Ground } from './http/server.ts'
import { Routing } from './registry/routing.ts'
import { TokenService } from './registry/sign-in/token-service.ts'
import { Storefront } from './registry/storefront.ts'
import { type RegistrySettings, type Scenario } from './scenario.ts'
import { type Schedule } from './schedule.ts'
import { Site } from './site.ts'

/** What every registry of one emulator is built from. */
export interface BuildingMaterial {
  scenario: Scenario
  folder: string
  ground: Ground
  schedule: Schedule
  random: () => number
  access: Access
  signers: { entra: TokenSigner; registry: TokenSigner }
  address: { arm: string }
  namesChanged: () => Promise<void>
}

/** Puts a registry together: its record, its replication, its sign-in, its doors. */
export function siteBuilder(material: BuildingMaterial): (settings: RegistrySettings) => Site {
  const { scenario, folder, ground, schedule, random, access, signers, address, namesChanged } = material
  return settings => {
    const registry = new Registry(settings, scenario, join(folder, settings.name))
    const replication = new GeoReplication(registry, scenario, schedule)
    const tokens = new TokenService({
      scenario,
      settings,
      access,
      entra: signers.entra,
      signer: signers.registry,
      service: () => registry.service,
      armAddress: () => address.arm,
    })
    const routing = new Routing(registry, scenario, random)
    const storefront = new Storefront({ registry, scenario, tokens, replication, routing })
    const provisioning = (site: Site) =>
      new Provisioning({
        registry,
        replication,
        scenario,
        schedule,
        open: region => site.open(region),
        close: region => site.close(region),
      })
    return new Site({ registry, storefront, ground, namesChanged, provisioning })
  }
}

/** The replicas and webhooks the scenario starts with; a geo-replicated registry lists its home region too. */
export async function openReplicas(site: Site, scenario: Scenario): Promise<void> {
  const { registry } = site
  const { home } = registry.settings
  for (const { location, ...given } of scenario.replicas) {
    registry.replications.set(location, newReplication({ location, ...given }))
    if (['Succeeded', 'Updating'].includes(given.provisioningState ?? 'Succeeded')) await site.open(location)
  }
  if (scenario.replicas.length > 0 && !registry.replications.has(home)) {
    registry.replications.set(home, newReplication({ location: home, createdByType: 'Application' }))
  }
  for (const webhook of scenario.webhooks) {
    registry.webhooks.set(webhook.name.toLowerCase(), {
      tags: {},
      customHeaders: {},
      status: 'enabled',
      scope: '',
      actions: ['push'],
      ...webhook,
      provisioningState: 'Succeeded',
      events: [],
    })
  }
}
