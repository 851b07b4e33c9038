import { join } from 'node:path'
import { type Clock } from './base/clock.ts'
import { StepError, asTransient, isKind, messageOf } from './base/errors.ts'
import { retry } from './base/retry.ts'
import { type DockerContext } from './docker/command.ts'
import { type DockerConfig } from './docker/config.ts'
import { type Engine, type LocalImage, findEngine, findImage, tagImage } from './docker/engine.ts'
import { type AskOptions, askEngine, lostEngine } from './docker/lost-engine.ts'
import { BLOB_UNKNOWN, onlyPart, pushReference } from './docker/push.ts'
import { STALLED, watchForStall } from './docker/stall.ts'
import { type Inputs } from './inputs.ts'
import { type Journal } from './journal.ts'
import { readManifest, resolveDigest } from './registry/manifest.ts'
import { type Reference, tagged } from './registry/reference.ts'
import { type RegistrySession } from './registry/session.ts'

/** How often a push is made as a whole: neither image store of docker repeats a manifest or a 429 properly. */
const ATTEMPTS = 5

/** The local side of a push. */
export interface Source {
  readonly engine: Engine
  readonly image: LocalImage
}

/**
 * Finds the local image to push: the named one, or the full reference if the engine has it, else `repository:tag`.
 *
 * @throws StepError when there is no engine or no such image
 */
export async function findSource(
  inputs: Pick<Inputs, 'references' | 'sourceImage'>,
  loginServer: string,
  context: DockerContext,
  options: AskOptions,
): Promise<Source> {
  const [primary] = inputs.references
  const local = `${primary.repository}:${primary.tag}`
  const names = inputs.sourceImage === undefined ? [tagged(loginServer, primary), local] : [inputs.sourceImage]
  return askEngine(() => firstOf(names, context), options)
}

async function firstOf(names: readonly string[], context: DockerContext): Promise<Source> {
  const engine = await findEngine(context)
  for (const name of names) {
    const image = await findImage(name, context)
    if (image !== undefined) return { engine, image }
  }
  throw new StepError('not-found', `The Docker engine has no image ${names.join(' or ')}`, {
    remedy:
      "Build or pull it in this job before the step (with docker/build-push-action: 'load: true'), or name it with 'source-image'.",
  })
}

export interface PublishOptions {
  readonly inputs: Inputs
  readonly source: Source
  /** The host that takes the push. */
  readonly host: string
  /** Where a push goes that the login server scattered over two replicas, or that stalled: the home region's endpoint, where there is one. */
  readonly fallbackHost: string | undefined
  readonly session: RegistrySession
  /** What to do where the registry refuses the identity. */
  readonly missingRole: string
  readonly config: DockerConfig
  readonly context: DockerContext
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly journal: Journal
}

/**
 * Pushes the image under every reference and has the registry confirm the digest.
 *
 * @returns the digest: of the index, for a multi-platform image
 */
export async function publish(options: PublishOptions): Promise<string> {
  const { inputs, clock, journal } = options
  const digests = new Map<string, string>()
  for (const reference of inputs.references) {
    const startedAt = clock.now()
    const { host, digest } = await push(reference, options)
    const name = tagged(host, reference)
    refusePart(name, digest, options)
    journal.record({ type: 'pushed', reference: name, digest, ms: clock.now() - startedAt })
    await confirm(host, reference.repository, digest, options)
    await noticeOtherTag(host, reference, digest, options)
    digests.set(name, digest)
  }
  const [digest = '', other] = [...new Set(digests.values())]
  if (other === undefined) return digest
  const list = [...digests].map(([name, pushed]) => `${name} as ${pushed}`).join(', ')
  throw new StepError('conflict', `docker pushed different images under the references: ${list}`, {
    remedy: 'Do not change local tags while the step runs.',
  })
}

/**
 * The containerd store pushes the one platform it has when it lacks others of an index, and says so in a note only (docker/cli,
 * command/image/push.go). There, an image's id is the digest it has to be pushed under.
 */
function refusePart(name: string, digest: string, { source, inputs }: PublishOptions): void {
  if (source.engine.store !== 'containerd' || inputs.platform !== undefined || digest === source.image.id) return
  throw onlyPart(name, `: ${digest} instead of ${source.image.id}`)
}

/** Pushes one reference as a whole, again when that may help. Resolves with the digest, and the host that took it. */
async function push(reference: Reference, options: PublishOptions): Promise<{ host: string; digest: string }> {
  const { source, session, config, context, clock, signal, journal } = options
  let { host } = options
  let renewed = false
  return retry(
    `Push of ${tagged(host, reference)}`,
    async attempt => {
      const name = tagged(host, reference)
      await config.setCredential(host, await session.refreshToken(host))
      const stall = watchForStall(options.inputs.timeoutMs, clock)
      try {
        await tagImage(source.image, name, context)
        journal.record({ type: 'push-started', reference: name, attempt })
        const digest = await pushReference(name, {
          platform: options.inputs.platform,
          digestFile: source.engine.flavour === 'podman' ? join(config.dir, 'digest') : undefined,
          context,
          stall,
          missingRole: options.missingRole,
          onLine: line => journal.record({ type: 'docker-output', line }),
        })
        return { host, digest }
      } catch (error) {
        // Layers and manifest went to different replicas: one replica's own endpoint takes them together. And a stalled upload blocks
        // the next push of its layer to the same host for as long as the engine's connection hangs (moby, distribution/xfer).
        const elsewhere = isKind(error, 'transient') && (error.code === BLOB_UNKNOWN || error.code === STALLED)
        if (elsewhere) host = (await reachable(options.fallbackHost, options)) ?? host
        if (!isKind(error, 'auth') || renewed) throw lostEngine(error, attempt)
        // The token may just have expired: once more, with a new one.
        renewed = true
        session.forget()
        throw asTransient(error)
      } finally {
        stall.stop()
      }
    },
    {
      clock,
      signal,
      attempts: ATTEMPTS,
      baseMs: 2000,
      onRetry: notice => journal.record({ type: 'retrying', notice }),
    },
  )
}

/** A host, where docker may be sent to it. */
async function reachable(host: string | undefined, options: PublishOptions): Promise<string | undefined> {
  if (host === undefined) return undefined
  try {
    await options.session.refreshToken(host)
    return host
  } catch (error) {
    options.signal.throwIfAborted()
    options.journal.record({ type: 'note', message: `The push stays where it is: ${messageOf(error)}` })
    return undefined
  }
}

/** The registry has the manifest under this digest, and its bytes are the digest's. */
async function confirm(host: string, repository: string, digest: string, options: PublishOptions): Promise<void> {
  await present(
    `Confirmation of ${repository}@${digest}`,
    () => readManifest(options.session, { host, repository }, digest),
    options,
  )
  options.journal.record({ type: 'digest-confirmed', digest, host })
}

/** Says so when the tag names another image already. Which image a region serves is the gate's to find out. */
async function noticeOtherTag(
  host: string,
  reference: Reference,
  digest: string,
  options: PublishOptions,
): Promise<void> {
  const { session, journal } = options
  const serves = await resolveDigest(session, { host, repository: reference.repository }, reference.tag)
  if (serves === undefined || serves === digest) return
  journal.record({
    type: 'note',
    message: `Right after the push, ${tagged(host, reference)} resolves to ${serves} instead of ${digest}: somebody else pushes this tag, or the login server answers from a replica that lags behind.`,
  })
}

/** The login server may answer from a replica that does not have the image yet, so "not there" is asked again for a while. */
async function present<T>(
  what: string,
  ask: () => Promise<T | undefined>,
  { clock, signal, journal }: PublishOptions,
): Promise<T> {
  return retry(
    what,
    async () => {
      const found = await ask()
      if (found !== undefined) return found
      throw new StepError('transient', `${what} failed: the registry does not have it`, {
        remedy: 'The push reported success, but the registry does not serve the image: run the job again.',
      })
    },
    { clock, signal, attempts: 8, onRetry: notice => journal.record({ type: 'retrying', notice }) },
  )
}

/**
 * What a reference resolves to now.
 *
 * @throws StepError `not-found` when the registry has no such image
 */
export async function digestNow(session: RegistrySession, host: string, reference: Reference): Promise<string> {
  const digest = await resolveDigest(session, { host, repository: reference.repository }, reference.tag)
  if (digest !== undefined) return digest
  throw new StepError('not-found', `The registry has no image ${tagged(host, reference)}`, {
    remedy: "Push it first, or set 'digest' to what every region must serve.",
  })
}
