import { type HttpClient } from '@azure/core-rest-pipeline'
import { admit } from './admission.ts'
import { type Arm } from './azure/client.ts'
import { type RegionalEndpoints, readRegionalEndpoints } from './azure/regional-endpoints.ts'
import { type ReplicaState, type RequestedReplica, readReplica } from './azure/replications.ts'
import { readEvents } from './azure/webhooks.ts'
import { type Clock } from './base/clock.ts'
import { type Deadline } from './base/deadline.ts'
import { StepError, messageOf } from './base/errors.ts'
import { type Patience } from './base/patience.ts'
import { type Discovery } from './discover.ts'
import { type DockerContext } from './docker/command.ts'
import { createDockerConfig } from './docker/config.ts'
import { type EndpointDirectory, createEndpointDirectory } from './endpoint-directory.ts'
import { createEndpointProof } from './endpoint-proof.ts'
import { ensureWebhooks } from './ensure-webhooks.ts'
import { ensureReplicas } from './ensure.ts'
import { gate } from './gate.ts'
import { type Inputs } from './inputs.ts'
import { type Outcome } from './journal.ts'
import { missingRole } from './missing-role.ts'
import { attemptsOf } from './pace.ts'
import { type Plan } from './plan.ts'
import { prepareRegistry } from './prepare-registry.ts'
import { type ImageProof, createImageProof } from './proof.ts'
import { pruneReplicas } from './prune.ts'
import { type Source, digestNow, publish } from './publish.ts'
import { createSend } from './registry/http.ts'
import { type EntraToken, type RegistrySession, openSession } from './registry/session.ts'
import { type RunState, notReady, setDigest, warnUnproved } from './run-state.ts'
import { createWebhookProof } from './webhook-proof.ts'

export interface Delivery {
  readonly inputs: Inputs
  readonly arm: Arm
  readonly entraTokens: readonly EntraToken[]
  readonly discovery: Discovery
  readonly plan: Plan
  /** The local image; undefined when nothing is pushed. */
  readonly source: Source | undefined
  readonly docker: DockerContext
  readonly deadline: Deadline
  readonly patience: Patience
  readonly clock: Clock
  readonly http: HttpClient
  readonly mask: (secret: string) => void
  /** Lets the clean-up after the step find what a killed run leaves behind. */
  readonly onConfig: (dir: string) => void
  readonly state: RunState
}

/** Carries the plan out: replicas are requested, the image is pushed while they come up, and the gate watches until all regions are ready. */
export async function deliver(delivery: Delivery): Promise<Outcome> {
  const { inputs, plan, deadline, state, discovery } = delivery
  const { journal } = state
  let directory = openDirectory(delivery, discovery.endpoints)
  const session = signInToRegistry(delivery, host => directory.includes(host))
  state.hostOf = region => directory.hostOf(region)
  await admitted(delivery, session, directory)

  const changes = {
    arm: delivery.arm,
    registry: discovery.registry,
    inputs,
    patience: delivery.patience,
    clock: delivery.clock,
    signal: deadline.signal,
    journal,
  }
  directory = openDirectory(delivery, await prepareRegistry(plan, discovery.endpoints, changes))
  const requested = await ensureReplicas(plan, changes)
  const webhooks = new Map([...discovery.listening, ...(await ensureWebhooks(plan, changes))])
  const proof = prepareProof(delivery, session, directory, webhooks)
  await proof.remember(inputs.regions)

  const watching = watch(delivery, proof, requested)
  try {
    const digest =
      delivery.source === undefined
        ? await findDigest(delivery, session)
        : await push(delivery, delivery.source, session, directory)
    setDigest(state, digest)
    proof.expect(digest)
  } catch (error) {
    deadline.end()
    state.results = await watching
    throw error
  }
  const results = await watching
  state.results = results
  await Promise.all(inputs.regions.map(region => directory.findHost(region).catch(() => undefined)))
  const failure = notReady(results, deadline.signal)
  if (failure !== undefined) throw failure
  warnUnproved(inputs, results, journal)
  await pruneReplicas(plan, changes)
  return { kind: 'succeeded' }
}

/** What a run reads before it changes anything, so that a dry run refuses what a real one would. */
export async function rehearse(delivery: Delivery): Promise<void> {
  const directory = openDirectory(delivery, delivery.discovery.endpoints)
  const session = signInToRegistry(delivery, host => directory.includes(host))
  await admitted(delivery, session, directory)
  if (!delivery.plan.pushes) await findDigest(delivery, session)
}

/** Before anything is changed, the registry lets this identity in. */
async function admitted(
  { inputs, plan, discovery, patience, deadline }: Delivery,
  session: RegistrySession,
  directory: EndpointDirectory,
): Promise<void> {
  const asks = plan.pushes || inputs.waitFor !== 'replica' || digestAsked(inputs) === undefined
  if (!asks) return
  const pinned = plan.pushRegion === undefined ? undefined : directory.hostOf(plan.pushRegion)
  await admit({
    references: inputs.references,
    host: pinned ?? discovery.registry.loginServer,
    pushes: plan.pushes,
    session,
    patience,
    signal: deadline.signal,
  })
}

function openDirectory({ arm, discovery, clock }: Delivery, endpoints: RegionalEndpoints): EndpointDirectory {
  return createEndpointDirectory(endpoints, () => readRegionalEndpoints(arm, discovery.registry), clock)
}

function signInToRegistry(
  { entraTokens, discovery, plan, http, clock, deadline, mask, state }: Delivery,
  isTrusted: (host: string) => boolean,
): RegistrySession {
  const { registry } = discovery
  return openSession({
    loginServer: registry.loginServer,
    isTrusted,
    entraTokens: entraTokens.filter(({ kind }) => kind === 'registry' || registry.armTokensAllowed),
    missingRole: missingRole(registry.roleAssignmentMode, plan.pushes),
    send: createSend(http),
    clock,
    signal: deadline.signal,
    mask,
    onRetry: notice => state.journal.record({ type: 'retrying', notice }),
  })
}

function prepareProof(
  { inputs, plan, arm, discovery, clock, state }: Delivery,
  session: RegistrySession,
  directory: EndpointDirectory,
  webhooks: ReadonlyMap<string, string>,
): ImageProof {
  const { registry } = discovery
  const { references } = inputs
  const isNew = (region: string) =>
    plan.enableRegionalEndpoints ||
    plan.regions.some(planned => planned.region === region && planned.action === 'create')
  return createImageProof(
    createEndpointProof({ session, directory, loginServer: registry.loginServer, references, isNew, clock }),
    createWebhookProof({
      webhooks,
      references,
      readEvents: (webhook, attempts) => readEvents(arm, registry, webhook, attempts),
      onUnusable: (region, error) =>
        state.journal.record({ type: 'note', message: `${region}: its webhook proves nothing: ${messageOf(error)}` }),
    }),
    references,
    plan.pushes,
  )
}

/** Starts the gate. It watches the replicas while the image is still being pushed. */
function watch(
  { inputs, plan, arm, discovery, clock, deadline, state }: Delivery,
  proof: ImageProof,
  requested: readonly RequestedReplica[],
) {
  const { registry } = discovery
  const replica = async (region: string, final: boolean): Promise<ReplicaState> => {
    const isOfRegion = (candidate: { region: string }) => candidate.region === region
    const name = requested.find(isOfRegion)?.name ?? plan.regions.find(isOfRegion)?.replica ?? region
    const found = await readReplica(arm, registry, name, region, attemptsOf(final))
    // The home region serves without a replication resource, which appears with the first replica.
    return found.kind === 'absent' && region === registry.homeRegion ? { kind: 'home' } : found
  }
  return gate({
    regions: inputs.regions,
    waitFor: inputs.waitFor,
    observers: {
      replica,
      image: (region, final) => proof.look(region, final),
      whyFailed: async region => requested.find(candidate => candidate.region === region)?.whyFailed(),
    },
    pushed: () => state.digest !== undefined,
    clock,
    deadline,
    signal: deadline.signal,
    journal: state.journal,
  })
}

async function push(
  delivery: Delivery,
  source: Source,
  session: RegistrySession,
  directory: EndpointDirectory,
): Promise<string> {
  const { inputs, plan, discovery, docker, clock, deadline, state } = delivery
  const { registry } = discovery
  const { loginServer, homeRegion } = registry
  const host = plan.pushRegion === undefined ? loginServer : await directory.findHost(plan.pushRegion)
  if (host === undefined) {
    throw new StepError(
      'not-found',
      `Azure names no regional endpoint for ${plan.pushRegion}, which is to take the push`,
      {
        remedy: "Push to the login server with 'push-endpoint: global', or run the job again in some minutes.",
      },
    )
  }
  const config = await createDockerConfig(inputs.runner.tempDir, inputs.runner.dockerConfigDir, source.engine.flavour)
  try {
    delivery.onConfig(config.dir)
    return await publish({
      inputs,
      source,
      host,
      fallbackHost: host === loginServer ? directory.hostOf(homeRegion) : undefined,
      session,
      missingRole: missingRole(registry.roleAssignmentMode, true),
      config,
      context: { ...docker, env: { ...docker.env, ...config.env } },
      clock,
      signal: deadline.signal,
      journal: state.journal,
    })
  } finally {
    await config.remove()
  }
}

/** The digest to wait for when nothing is pushed: the one asked for, or what the primary reference resolves to now. */
async function findDigest({ inputs, discovery }: Delivery, session: RegistrySession): Promise<string> {
  return digestAsked(inputs) ?? (await digestNow(session, discovery.registry.loginServer, inputs.references[0]))
}

function digestAsked({ image }: Inputs): string | undefined {
  return image.kind === 'gate' ? image.digest : undefined
}
