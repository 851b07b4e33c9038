import { type HttpClient } from '@azure/core-rest-pipeline'
import { regionOfHost } from './azure/regional-endpoints.ts'
import { displayNameOf, knownRegions, unknownRegion } from './azure/regions.ts'
import { type Clock } from './base/clock.ts'
import { type Deadline } from './base/deadline.ts'
import { StepError, messageOf } from './base/errors.ts'
import { createEndpointDirectory } from './endpoint-directory.ts'
import { createEndpointProof } from './endpoint-proof.ts'
import { gate } from './gate.ts'
import { type Inputs } from './inputs.ts'
import { type Outcome } from './journal.ts'
import { missingRole } from './missing-role.ts'
import { type Plan } from './plan.ts'
import { digestNow } from './publish.ts'
import { type Reference, tagged } from './registry/reference.ts'
import { createSend } from './registry/http.ts'
import { type EntraToken, openSession } from './registry/session.ts'
import { type RunState, notReady, setDigest } from './run-state.ts'

/** Hosts of registries in the clouds that are known by name. */
const REGISTRY_HOST = /\.azurecr\.(?:io|us|cn)$/

export interface BlindOptions {
  readonly inputs: Inputs
  /** Why Azure Resource Manager could not be read. */
  readonly cause: StepError
  readonly entraTokens: readonly EntraToken[]
  readonly deadline: Deadline
  readonly clock: Clock
  readonly http: HttpClient
  readonly mask: (secret: string) => void
  readonly state: RunState
}

/**
 * Waits for an image without Azure Resource Manager: the home region may be down, or the identity may only pull. The references name the
 * regional endpoints, and those tell what their regions serve. What takes ARM is not checked, and the log says so.
 *
 * @throws StepError the cause itself, where what is asked for cannot be shown without ARM
 */
export async function gateBlindly(options: BlindOptions): Promise<Outcome> {
  const { inputs, cause, deadline, clock, state } = options
  const { journal } = state
  const hosts = new Map(
    inputs.references
      .flatMap(({ host = '' }) => [[regionOfHost(host) ?? '', host] as const])
      .filter(([region]) => region !== ''),
  )
  refuse(inputs, hosts, cause)
  journal.record({
    type: 'warning',
    title: 'acr-geo-push: Azure Resource Manager was not read',
    message: `${messageOf(cause)}. Not checked: the state of the replicas. Checked: whether the regional endpoints named in 'image' serve it.`,
  })

  const [host = ''] = hosts.values()
  const loginServer =
    inputs.references.find(reference => reference.host !== undefined && regionOfHost(reference.host) === undefined)
      ?.host ?? host
  state.hostOf = region => hosts.get(region)
  state.setOutputs({ 'login-server': loginServer })
  state.plan = blindPlan(inputs, loginServer)
  const references = distinct(inputs.references)
  const directory = createEndpointDirectory(
    { state: 'enabled', hosts, contentTrust: false, provisioningState: '' },
    () => Promise.reject(cause),
    clock,
  )
  const session = openSession({
    loginServer,
    isTrusted: candidate => directory.includes(candidate),
    // Hosts come from the workflow here, not from ARM: a token that is good for more than registries stays away from them.
    missingRole: missingRole(undefined, false),
    entraTokens: options.entraTokens.filter(({ kind }) => kind === 'registry'),
    send: createSend(options.http),
    clock,
    signal: deadline.signal,
    mask: options.mask,
    onRetry: notice => journal.record({ type: 'retrying', notice }),
  })
  const proof = createEndpointProof({ session, directory, loginServer, references, isNew: () => false, clock })
  const asked = inputs.image.kind === 'gate' ? inputs.image.digest : undefined
  const digest = asked ?? (await digestNow(session, loginServer, inputs.references[0]))
  setDigest(state, digest)
  proof.expect(digest)

  state.results = await gate({
    regions: inputs.regions,
    waitFor: 'image',
    observers: {
      replica: () => Promise.resolve({ kind: 'unread', detail: 'Azure Resource Manager could not be read' }),
      image: (region, final) => proof.look(region, final),
      whyFailed: () => Promise.resolve(undefined),
    },
    pushed: () => true,
    clock,
    deadline,
    signal: deadline.signal,
    journal,
  })
  const failure = notReady(state.results, deadline.signal)
  if (failure !== undefined) throw failure
  return { kind: 'succeeded' }
}

function refuse(
  { references, waitFor, regions, dryRun, cloud }: Inputs,
  hosts: ReadonlyMap<string, string>,
  cause: StepError,
): void {
  const known = knownRegions()
  const unknown = regions.find(region => !known.has(region) && !hosts.has(region))
  if (unknown !== undefined) throw unknownRegion(unknown, known)
  const named = references.flatMap(({ host }) => host ?? [])
  const foreign = cloud.name === 'custom' ? undefined : named.find(host => !REGISTRY_HOST.test(host))
  if (foreign !== undefined) {
    throw new StepError('invalid', `${messageOf(cause)}; and ${foreign} is no host of a container registry of Azure`, {
      cause,
    })
  }
  const [registry, other] = new Set(references.flatMap(({ host }) => (host === undefined ? [] : [registryOf(host)])))
  if (registry !== undefined && other !== undefined) {
    throw new StepError(
      'invalid',
      `${messageOf(cause)}; and 'image' names hosts of two registries: ${registry} and ${other}`,
      {
        cause,
      },
    )
  }
  // Replicas are ARM's to tell.
  if (waitFor === 'replica' || waitFor === 'all' || dryRun) throw cause
  const missing = regions.filter(region => !hosts.has(region))
  if (missing.length === 0) return
  throw new StepError(
    cause.kind,
    `${messageOf(cause)}; and 'image' names no regional endpoint for ${missing.join(', ')}`,
    {
      remedy: `${cause.remedy ?? ''} Or name the regional endpoint of each region in 'image'.`.trim(),
      cause,
    },
  )
}

/** The registry a host belongs to: a login server and its regional endpoints differ in region and port only. */
function registryOf(host: string): string {
  return host
    .toLowerCase()
    .replace(/:\d+$/, '')
    .replace(/^([^.]+)\.[^.]+\.geo\./, '$1.')
}

function blindPlan(inputs: Inputs, loginServer: string): Plan {
  const known = knownRegions()
  return {
    registry: loginServer,
    loginServer,
    regions: inputs.regions.map(region => ({
      region,
      displayName: displayNameOf(region, known),
      home: false,
      action: 'keep',
      replica: region,
      found: { kind: 'pending', provisioningState: '', status: '', message: '' },
      state: 'not read',
    })),
    references: distinct(inputs.references).map(reference => tagged(loginServer, reference)),
    pushes: false,
    pushRegion: undefined,
    upgradeFrom: undefined,
    enableRegionalEndpoints: false,
    prune: [],
    webhooks: [],
    monthly: { added: 0, total: 0 },
  }
}

/** References that differ in their host only are one. */
function distinct(references: readonly Reference[]): Reference[] {
  return [...new Map(references.map(reference => [`${reference.repository}:${reference.tag}`, reference])).values()]
}
