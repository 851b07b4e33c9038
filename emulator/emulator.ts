import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { arm } from './arm/arm.ts'
import { Operations } from './arm/operations.ts'
import { clientAuthentication } from './entra/client-authentication.ts'
import { entra, type EntraParts } from './entra/entra.ts'
import { managedIdentity } from './entra/managed-identity.ts'
import { Access } from './entra/permissions.ts'
import { TokenSigner } from './entra/token-signer.ts'
import { fillIn, mergeInto } from './fill-in.ts'
import { githubIssuer, oidcIssuer } from './github/oidc-issuer.ts'
import { HostsFile } from './host/hosts-file.ts'
import { CertificateAuthority } from './http/certificate-authority.ts'
import { type Fault } from './http/fault.ts'
import { FaultBox } from './http/fault-box.ts'
import { type RequestRecord } from './http/request-log.ts'
import { type Ground, listen } from './http/server.ts'
import { seededRandom } from './random.ts'
import { describe, type Ready } from './ready.ts'
import { type Scenario, type ScenarioInput } from './scenario.ts'
import { checkScenario } from './scenario-check.ts'
import { Schedule } from './schedule.ts'
import { type Site } from './site.ts'
import { openReplicas, siteBuilder } from './site-builder.ts'
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
  const build = siteBuilder({ scenario, folder, ground, schedule, random, access, signers, address, namesChanged })
  sites.push(...[scenario.registry, ...scenario.otherRegistries].map(build))
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

  const tamper = tamperWith(site.registry, site.provisioning)
  for (const { after, set, removeReplica, setReplica } of scenario.later) {
    schedule.after(after, () => {
      if (set) mergeInto(scenario, set)
      if (removeReplica !== undefined) tamper.removeReplica(removeReplica)
      if (setReplica) tamper.setReplica(setReplica.location, setReplica.provisioningState, setReplica.displayStatus)
      void namesChanged()
    })
  }

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
    tamper,
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
