import { readFile, rm } from 'node:fs/promises'
import { StepError } from '../base/errors.ts'
import { REFUSED } from '../base/patience.ts'
import { type DockerContext, docker } from './command.ts'
import { codeOf, diagnose } from './diagnosis.ts'
import { type StallWatch } from './stall.ts'

/** Code of the error for a push whose manifest reached a replica that does not have the layers. */
export const BLOB_UNKNOWN = 'MANIFEST_BLOB_UNKNOWN'

export interface PushOptions {
  /** Pushes the manifest of this platform alone, such as `linux/amd64`. */
  readonly platform: string | undefined
  /** Where podman writes the digest of what it pushed, because it prints none; undefined for docker, which has no such option. */
  readonly digestFile: string | undefined
  readonly context: DockerContext
  /** Ends the push when nothing comes of it any more. */
  readonly stall: StallWatch
  /** What to do where the registry refuses the identity. */
  readonly missingRole: string
  readonly onLine: (line: string) => void
}

/**
 * Pushes one reference, once. Resolves with the digest of what was pushed, as the engine tells it.
 *
 * @throws StepError of the kind the output tells; `transient` and `throttled` may be tried again as a whole
 */
export async function pushReference(
  reference: string,
  { platform, digestFile, context, stall, missingRole, onLine }: PushOptions,
): Promise<string> {
  const only = platform === undefined ? [] : ['--platform', platform]
  const told = digestFile === undefined ? [] : ['--digestfile', digestFile]
  const limited = { ...context, signal: AbortSignal.any([context.signal, stall.signal]) }
  const result = await docker(['push', ...only, ...told, reference], limited, (_stream, line) => {
    stall.heard()
    onLine(line)
  })
  if (result.exitCode !== 0) {
    const { kind, line, remedy } = diagnose([...result.stdout, ...result.stderr])
    const message = `docker push ${reference} failed: ${line}`
    if (remedy === undefined) throw new StepError(kind, message, { remedy: missingRole, code: REFUSED })
    const code = /blob.?unknown|unknown blob|blob upload/i.test(line) ? { code: BLOB_UNKNOWN } : codeOf(line)
    throw new StepError(kind, message, { remedy, ...code })
  }
  const isPart = [...result.stdout, ...result.stderr].some(line => PART_NOTE.test(line))
  if (isPart && platform === undefined) throw onlyPart(reference)
  const tag = reference.slice(reference.lastIndexOf(':') + 1)
  const digest = digestFile === undefined ? pushedDigest(result.stdout, tag) : await writtenDigest(digestFile)
  if (digest === undefined) throw unsaid(reference)
  return digest
}

/** What docker says, and ends with 0, when the containerd store lacks platforms of an index (docker/cli, command/image/push.go). */
const PART_NOTE = /only the available single-platform image was pushed/i

/** A push of one platform where the image has more. */
export function onlyPart(reference: string, what = ''): StepError {
  return new StepError('conflict', `docker pushed only a part of the image as ${reference}${what}`, {
    remedy: "Load all platforms into the engine before the step, or name the one that is meant with 'platform'.",
  })
}

/** The tag may still lead to the image of an earlier push, so it is not asked instead. */
function unsaid(reference: string): StepError {
  return new StepError('transient', `docker push ${reference} ended without the digest of what it pushed`, {
    remedy: 'See whether the Docker engine of this runner keeps running, and run the job again.',
  })
}

/** Read once: the next push must not find it. */
async function writtenDigest(path: string): Promise<string | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '')
  await rm(path, { force: true })
  return /^sha256:[0-9a-f]{64}$/.exec(text.trim())?.[0]
}

/** The line both image stores end a push with (moby daemon/internal/distribution/push_v2.go, daemon/containerd/image_push.go). */
const DIGEST_LINE = /^(\S+): digest: (sha256:[0-9a-f]{64}) size: \d+$/

/** The digest docker reports for a tag: the last line that does. */
export function pushedDigest(lines: readonly string[], tag: string): string | undefined {
  return lines
    .flatMap(line => {
      const [, named, digest] = DIGEST_LINE.exec(line.trim()) ?? []
      return named === tag && digest !== undefined ? [digest] : []
    })
    .at(-1)
}
