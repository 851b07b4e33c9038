import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { arm } from './arm/arm.ts'
import { Operations } from './arm/operations.ts'
import { clientAuthentication } from './entra/client-authentication.ts'
import { entra, type EntraParts } from './entra/entra.ts'
import { identityHeader, managedIdentity } from './entra/managed-identity.ts'
import { Access } from './entra/permissions.ts'
import { TokenSigner } from './entra/token-signer.ts'
import { fillIn } from './fill-in.ts'
import { GeoReplication } from './geo/geo-replication.ts'
import { Provisioning } from './geo/provisioning.ts'
import { Registry } from './geo/registry.ts'
import { newReplication } from './geo/replication-record.ts'
import { githubIssuer, oidcIssuer } from './github/oidc-issuer.ts'
import { HostsFile } from './host/hosts-file.ts'
import { CertificateAuthority } from './http/certificate-authority.ts'
import { type Fault } from './http/fault.ts'
import { FaultBox } from './http/fault-box.ts'
import { type RequestRecord } from './http/request-log.ts'
import { type Ground, listen } from './http/server.ts'
import { seededRandom } from './random.ts'
import { type Ready } from './ready.ts'
import { Routing } from './registry/routing.ts'
import { TokenService } from './registry/sign-in/token-service.ts'
import { Storefront } from './registry/storefront.ts'
import { type Scenario, type ScenarioInput } from './scenario.ts'
import { checkScenario } from './scenario-check.ts'
import { Schedule } from './schedule.ts'
import { Site } from './site.ts'
import { type Tamper, tamperWith } from './tamper.ts'
import { type Truth, truthOf } from './truth.ts'

/** A running local Azure. */
export interface Emulator {
  readonly ready: Ready
  /** Every request, in order of arrival. */
  readonly requests: RequestRecord[]
  readonly truth: Truth
  readonly tamper: Tamper
  /** host:port of a region's regional endpoint now; undefined where there is none. */
  regionalEndpoint(region: string): string | undefined
  /** 127.0.0.1:port of a replica, whether regional endpoints are on or not; needs the registry's sign-in like any host. */
  directAddress(region: string): string | undefined
  /** Changes timing, faults, routing, firewall … while running. */
  update(change: (scenario: Scenario) => void): void
  /** Adds a fault; the answer takes it out again. */
  addFault(fault: Fault): () => void
  /** Closes everything; leaves nothing behind. */
  stop(): Promise<void>
}

/** Starts a local Azure: Entra ID, ARM, GitHub's token issuer, managed identity, and the registries of the scenario. */
export async function startEmulator(input: ScenarioInput = {}): Promise<Emulator> {
  checkScenario(input)
  const scenario = fillIn(input)
  const id = randomBytes(4).toString('hex')
  const folder = mkdtempSync(join(tmpdir(), 'acr-geo-push-emulator-'))
  const hosts = new HostsFile(id)
  const schedule = new Schedule()
  const random = seededRandom(scenario.seed)
  const requests: RequestRecord[] = []
  const authority = new CertificateAuthority()
  const ground: Ground = {
    requests,
    authority,
    faults: new FaultBox(() => scenario.faults, random),
    wait: seconds => schedule.wait(seconds),
  }
  const signers = {
    entra: new TokenSigner('RS256'),
    github: new TokenSigner('RS256'),
    registry: new TokenSigner('ES256'),
  }
  const access = new Access(scenario)
  const address = { entra: '', arm: '' }
  const entraParts: EntraParts = {
    scenario,
    signer: signers.entra,
    address: () => address.entra,
    armAddress: () => address.arm,
    authenticate: clientAuthentication(scenario, () => new Map([[githubIssuer, signers.github]])),
  }

  const sites: Site[] = []
  let started = false
  const namesChanged = async () => {
    if (started) await hosts.set(sites.flatMap(site => site.registry.names))
  }
  for (const settings of [scenario.registry, ...scenario.otherRegistries]) {
    const registry = new Registry(settings, scenario, join(folder, settings.name))
    const replication = new GeoReplication(registry, scenario, schedule)
    const tokens = new TokenService({
      scenario,
      settings,
      access,
      entra: signers.entra,
      signer: signers.registry,
      loginServer: () => registry.loginServer,
      armAddress: () => address.arm,
    })
    const storefront = new Storefront({
      registry,
      scenario,
      tokens,
      replication,
      routing: new Routing(registry, scenario, random),
    })
    const provisioning = (site: Site) =>
      new Provisioning({
        registry,
        replication,
        scenario,
        schedule,
        open: region => site.open(region),
        close: region => site.close(region),
      })
    sites.push(new Site({ registry, replication, storefront, ground, namesChanged, provisioning }))
  }
  const [site] = sites as [Site]

  const armContext = {
    scenario,
    access,
    sites,
    operations: new Operations(),
    schedule,
    namesChanged: () => void namesChanged(),
  }
  const servers = await Promise.all([
    listen(ground, { service: 'entra', handle: entra(entraParts) }),
    listen(ground, { service: 'arm', handle: arm(armContext, signers.entra, () => address.entra) }),
    listen(ground, { service: 'github', handle: oidcIssuer(scenario, signers.github) }),
    listen(ground, { service: 'entra', plain: true, handle: managedIdentity(entraParts) }),
  ])
  const [entraServer, armServer, githubServer, identityServer] = servers
  address.entra = `https://localhost:${entraServer.port}`
  address.arm = `https://localhost:${armServer.port}`
  for (const each of sites) await each.start()
  await openReplicas(site, scenario)
  started = true
  await namesChanged()

  /** What must not be left behind, even by a process that ends without `stop`. */
  const sweep = () => {
    hosts.clear()
    rmSync(folder, { recursive: true, force: true })
  }
  process.once('exit', sweep)

  const ready = describe(scenario, site, {
    folder,
    authority,
    address,
    githubPort: githubServer.port,
    identityPort: identityServer.port,
  })
  ready.hostsToAdd = hosts.missing
  return {
    ready,
    requests,
    truth: truthOf(site.registry, scenario),
    tamper: tamperWith(site.registry, site.provisioning),
    regionalEndpoint: region => {
      const replica = site.registry.replicas.get(region)
      return replica && site.registry.hasRegionalEndpoints ? site.registry.regionalHost(replica) : undefined
    },
    directAddress: region => {
      const replica = site.registry.replicas.get(region)
      return replica && `127.0.0.1:${replica.port}`
    },
    update: change => {
      change(scenario)
      void namesChanged()
    },
    addFault: fault => {
      scenario.faults.push(fault)
      return () => {
        scenario.faults = scenario.faults.filter(other => other !== fault)
      }
    },
    stop: async () => {
      schedule.stop()
      started = false
      await Promise.all([...servers.map(server => server.close()), ...sites.map(each => each.stop())])
      sweep()
      process.off('exit', sweep)
    },
  }
}

/** The replicas and webhooks the scenario starts with; a geo-replicated registry lists its home region too. */
async function openReplicas(site: Site, scenario: Scenario): Promise<void> {
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

interface Addresses {
  folder: string
  authority: CertificateAuthority
  address: { entra: string; arm: string }
  githubPort: number
  identityPort: number
}

function describe(
  { subscriptionId, tenantId, identity, github, registry }: Scenario,
  site: Site,
  where: Addresses,
): Ready {
  const caFile = join(where.folder, 'ca.pem')
  const bundleFile = join(where.folder, 'bundle.pem')
  writeFileSync(caFile, where.authority.pem)
  writeFileSync(bundleFile, systemAuthorities() + where.authority.pem)
  const endpoints = site.registry.hasRegionalEndpoints
    ? [...site.registry.replicas.values()].map(replica => [replica.region, site.registry.regionalHost(replica)])
    : []
  const identityAddress = `http://127.0.0.1:${where.identityPort}`
  return {
    resourceManagerEndpoint: `${where.address.arm}/`,
    authorityHost: where.address.entra,
    adfsAuthority: `${where.address.entra}/adfs`,
    caFile,
    bundleFile,
    subscriptionId,
    tenantId,
    clientId: identity.clientId,
    clientSecret: identity.clientSecret,
    resourceGroup: registry.resourceGroup,
    registry: registry.name,
    loginServer: site.registry.loginServer,
    regionalEndpoints: Object.fromEntries(endpoints) as Record<string, string>,
    env: {
      NODE_EXTRA_CA_CERTS: caFile,
      AZURE_CLIENT_ID: identity.clientId,
      AZURE_TENANT_ID: tenantId,
      AZURE_CLIENT_SECRET: identity.clientSecret,
      AZURE_SUBSCRIPTION_ID: subscriptionId,
      ACTIONS_ID_TOKEN_REQUEST_URL: `https://localhost:${where.githubPort}/idtoken?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: github.requestToken,
    },
    managedIdentityEnv: {
      IDENTITY_ENDPOINT: `${identityAddress}/msi/token`,
      IDENTITY_HEADER: identityHeader,
      AZURE_POD_IDENTITY_AUTHORITY_HOST: identityAddress,
    },
    hostsToAdd: [],
  }
}

/** The certificate bundle of the system, where it has one. */
function systemAuthorities(): string {
  const file = ['/etc/ssl/certs/ca-certificates.crt', '/etc/pki/tls/certs/ca-bundle.crt', '/etc/ssl/cert.pem'].find(
    existsSync,
  )
  return file === undefined ? '' : readFileSync(file, 'utf8') + '\n'
}
