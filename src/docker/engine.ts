import { StepError } from '../base/errors.ts'
import { type ProgramResult } from '../base/program.ts'
import { type DockerContext, docker } from './command.ts'
import { codeOf, diagnose } from './diagnosis.ts'

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

const START = 'Start the Docker engine on this runner, or set DOCKER_HOST to one.'
const ENGINE_REMEDY = 'See what the engine says, and whether its user may do this.'

/** An engine that has not answered `docker version` within this time will not: in milliseconds. */
const ANSWER_MS = 20_000

/**
 * Finds the engine.
 *
 * @throws StepError `invalid` when there is no docker command or the engine refuses, `transient` when none answers
 */
export async function findEngine(context: DockerContext): Promise<Engine> {
  const limited = { ...context, signal: AbortSignal.any([context.signal, AbortSignal.timeout(ANSWER_MS)]) }
  const ask = async (...args: readonly string[]) => {
    try {
      return await docker(args, limited)
    } catch (error) {
      context.signal.throwIfAborted()
      if (error instanceof StepError) throw error
      throw new StepError('invalid', `The Docker engine did not answer within ${ANSWER_MS / 1000} seconds`, {
        remedy: 'Restart the Docker engine of this runner.',
        cause: error,
      })
    }
  }
  const flavour = flavourOf(await ask('--version'))
  const side = flavour === 'podman' ? 'Client' : 'Server'
  const result = await ask('version', '--format', `{{.${side}.Version}}`)
  if (result.exitCode !== 0) throw noEngine(result)
  const version = result.stdout.at(-1)?.trim() ?? 'unknown'
  if (flavour === 'podman') return { version, flavour, store: 'classic' }
  const info = await ask('info', '--format', INFO)
  return { version, flavour, store: storeOf(info, version) }
}

function noEngine({ stdout, stderr }: ProgramResult): StepError {
  const { kind, line, remedy } = diagnose([...stdout, ...stderr])
  return new StepError(kind === 'transient' ? kind : 'invalid', `No Docker engine answers: ${line}`, {
    remedy: remedy === undefined || remedy.startsWith('See the output') ? START : remedy,
    ...codeOf(line),
  })
}

const INFO = 'store of {{.ServerVersion}} {{json .DriverStatus}}'

/**
 * Which store `docker info` tells of. An engine that went away since it told its version must not pass for one with the classic store, whose
 * pushes are not looked at for missing platforms: docker 26.1 says `null` then and ends with 0, docker 20.10 ends with an error of its template.
 *
 * @throws StepError `transient` when it does not tell
 */
export function storeOf({ exitCode, stdout, stderr }: ProgramResult, version: string): Engine['store'] {
  const told = stdout.findLast(line => line.startsWith('store of '))
  if (exitCode === 0 && told?.startsWith(`store of ${version} `) !== false) {
    return stdout.some(line => line.includes('io.containerd.snapshotter')) ? 'containerd' : 'classic'
  }
  const { line } = diagnose([...stdout, ...stderr])
  throw new StepError('transient', `The Docker engine does not say which image store it has (docker info): ${line}`, {
    remedy: START,
    ...codeOf(line),
  })
}

/** `docker --version` asks the client alone, so it tells also where no engine answers. */
function flavourOf({ stdout, stderr }: ProgramResult): Engine['flavour'] {
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
    ...codeOf(line),
  })
}

/** Gives a local image another name. Does nothing when the name is that image's already. */
export async function tagImage(image: LocalImage, target: string, context: DockerContext): Promise<boolean> {
  if ((await findImage(target, context))?.id === image.id) return false
  const result = await docker(['image', 'tag', image.id, target], context)
  if (result.exitCode === 0) return true
  const { kind, line, remedy } = diagnose(result.stderr)
  throw new StepError(kind === 'bug' ? 'invalid' : kind, `docker could not tag the image as ${target}: ${line}`, {
    remedy: remedy ?? ENGINE_REMEDY,
    ...codeOf(line),
  })
}
