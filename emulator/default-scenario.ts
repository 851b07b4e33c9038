import { type RegistrySettings, type Scenario } from './scenario.ts'

/** The story of the README: Contoso's Premium registry in West US, replicated to East US and Canada Central. */
export function defaultScenario(): Scenario {
  return {
    seed: 1,
    subscriptionId: '22222222-2222-2222-2222-222222222222',
    tenantId: '11111111-1111-1111-1111-111111111111',
    registry: defaultRegistry('contoso'),
    otherRegistries: [],
    replicas: [{ location: 'eastus' }, { location: 'canadacentral' }],
    timing: {
      default: {
        create: 2,
        sync: 1,
        home: 0.5,
        blobs: 0.3,
        manifests: 0.2,
        children: 0,
        tags: 0.2,
        events: 0.1,
        update: 0.5,
        delete: 1,
        recreate: 0,
      },
    },
    creations: {},
    routing: { mode: 'nearest', probability: 0.1, of: 'manifests' },
    proxy: [],
    losses: [],
    faults: [],
    identity: {
      clientId: '44444444-4444-4444-4444-444444444444',
      clientSecret: 'local-Secret~of.the_emulator',
      objectId: '55555555-5555-5555-5555-555555555555',
      federated: [
        {
          issuer: 'https://token.actions.githubusercontent.com',
          subject: 'repo:contoso/shop:ref:refs/heads/main',
          audience: 'api://AzureADTokenExchange',
        },
      ],
      roles: [{ role: 'Owner' }, { role: 'Container Registry Repository Contributor' }],
      lifetimes: { entra: 3600, refresh: 3 * 3600, access: 4500, github: 300 },
      blocked: false,
    },
    github: { repository: 'contoso/shop', ref: 'refs/heads/main', requestToken: 'local-request-token' },
    webhooks: [],
    repushEvents: 'receiving',
    firewall: { deny: [], clientIp: '203.0.113.7' },
    hiddenHosts: [],
    arm: { pageSize: 100, registered: true, oddCase: false },
    later: [],
  }
}

/** A Premium registry of this name, home in West US. */
export function defaultRegistry(name: string): RegistrySettings {
  return {
    name,
    resourceGroup: 'contoso-rg',
    home: 'westus',
    sku: 'Premium',
    label: name.toLowerCase(),
    suffix: 'localhost',
    regionalEndpoints: 'Enabled',
    roleAssignmentMode: 'LegacyRegistryPermissions',
    armAudience: 'enabled',
    trustPolicy: 'disabled',
    publicNetworkAccess: 'Enabled',
    redirectBlobs: true,
    limits: { manifest: 4 * 1024 * 1024, blob: 200 * 1024 ** 3 },
    tags: {},
  }
}
