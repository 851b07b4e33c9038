import { StepError } from '../base/errors.ts'
import { type DockerContext, docker } from './command.ts'
import { diagnose } from './diagnosis.ts'

/** A local image. */
export interface LocalImage {
  /** What the engine calls it: the digest of its configuration, or of its manifest in the containerd image store. */
  readonly id: string
  /** Bytes on disk. */
  readonly size: number
}

/** The Docker engine behind the docker command. */
export interface Engine {
  readonly version: string
  /** The containerd image store pushes what it holds as it is, an index with its attestations; the classic one makes a manifest. */
  readonly store: 'classic' | 'containerd'
  /** `docker`, or podman behind the docker command, which prints no digest. */
  readonly flavour: 'docker' | 'podman'
}

const ENGINE_REMEDY = 'See what the engine says, and whether its user may do this.'

/** An engine that has not answered `docker version` within this time will not: in milliseconds. */
const ANSWER_MS = 20_000

/**
 * Finds the engine.
 *
 * @throws StepError `invalid` when there is no docker command or no engine answers
 */
export async function findEngine(context: DockerContext): Promise<Engine> {
  const limited = { ...context, signal: AbortSignal.any([context.signal, AbortSignal.timeout(ANSWER_MS)]) }
  try {
    return await askEngine(limited)
  } catch (error) {
    context.signal.throwIfAborted()
    if (error instanceof StepError) throw error
    throw new StepError('invalid', `The Docker engine did not answer within ${ANSWER_MS / 1000} seconds`, {
      remedy: 'Restart the Docker engine of this runner.',
      cause: error,
    })
  }
}

async function askEngine(context: DockerContext): Promise<Engine> {
  const flavour = await findFlavour(context)
  const format = flavour === 'podman' ? '{{.Client.Version}}' : '{{.Server.Version}}'
  const result = await docker(['version', '--format', format], context)
  if (result.exitCode !== 0) {
    const { line, remedy } = diagnose([...result.stdout, ...result.stderr])
    throw new StepError('invalid', `No Docker engine answers: ${line}`, {
      remedy:
        remedy === undefined || remedy.startsWith('See the output')
          ? 'Start the Docker engine on this runner, or set DOCKER_HOST to one.'
          : remedy,
    })
  }
  const info = flavour === 'podman' ? undefined : await docker(['info', '--format', '{{json .DriverStatus}}'], context)
  const containerd = info?.stdout.some(line => line.includes('io.containerd.snapshotter')) ?? false
  return { version: result.stdout.at(-1)?.trim() ?? 'unknown', flavour, store: containerd ? 'containerd' : 'classic' }
}

/** `docker --version` asks the client alone, so it tells also where no engine answers. */
async function findFlavour(context: DockerContext): Promise<Engine['flavour']> {
  const { stdout, stderr } = await docker(['--version'], context)
  return [...stdout, ...stderr].some(line => /podman/i.test(line)) ? 'podman' : 'docker'
}

/**
 * Looks an image up by name or id; undefined when the engine has none.
 *
 * @throws StepError when the engine cannot be asked
 */
export async function findImage(name: string, context: DockerContext): Promise<LocalImage | undefined> {
  const result = await docker(['image', 'inspect', '--format', '{{.Id}} {{.Size}}', name], context)
  if (result.exitCode === 0) {
    const [id = '', size = '0'] = (result.stdout.findLast(line => line.trim() !== '') ?? '').trim().split(' ')
    return { id, size: Number(size) }
  }
  const { kind, line, remedy } = diagnose(result.stderr)
  if (kind === 'not-found') return undefined
  throw new StepError(kind, `The Docker engine could not be asked for image ${name}: ${line}`, {
    remedy: remedy ?? ENGINE_REMEDY,
  })
}

/** Gives a local image another name. Does nothing when the name is that image's already. */
export async function tagImage(image: LocalImage, target: string, context: DockerContext): Promise<boolean> {
  if ((await findImage(target, context))?.id === image.id) return false
  const result = await docker(['image', 'tag', image.id, target], context)
  if (result.exitCode === 0) return true
  const { line, remedy } = diagnose(result.stderr)
  throw new StepError('invalid', `docker could not tag the image as ${target}: ${line}`, {
    remedy: remedy ?? ENGINE_REMEDY,
  })
}
