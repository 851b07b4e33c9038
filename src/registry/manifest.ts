import { createHash } from 'node:crypto'
import { StepError, messageOf } from '../base/errors.ts'
import { registryErrors } from './failure.ts'
import { isDigest } from './reference.ts'
import { type RegistrySession } from './session.ts'

/**
 * All types a manifest may be stored as. ACR answers 404 for an image that is there when the Accept header lacks its type
 * (Azure/acr-cli#132), which looks like replication that never ends.
 */
const ACCEPT = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.oci.artifact.manifest.v1+json',
].join(', ')

/** Where a registry is asked: one host, one repository. */
export interface Place {
  readonly host: string
  readonly repository: string
}

/** A manifest, with what it refers to. */
export interface Manifest {
  readonly digest: string
  readonly mediaType: string
  /** Digests of the manifests of an index, attestations included. */
  readonly children: readonly string[]
  /** Digests of configuration and layers, those that a registry stores. */
  readonly blobs: readonly string[]
}

/**
 * What a tag or digest resolves to at a place; undefined when it is not there.
 *
 * @param attempts 1 where the caller's own loop is the retry
 */
export async function resolveDigest(
  session: RegistrySession,
  place: Place,
  reference: string,
  attempts?: number,
): Promise<string | undefined> {
  const what = `Look-up of ${place.repository}${isDigest(reference) ? '@' : ':'}${reference} at ${place.host}`
  const answer = await session.request(
    what,
    request('HEAD', place, `manifests/${reference}`),
    pullScope(place),
    attempts,
  )
  if (answer.status === 404) return undefined
  if (answer.status !== 200) throw session.failure(answer, what)
  const digest = answer.header('docker-content-digest')
  if (digest !== undefined && isDigest(digest)) return digest
  throw new StepError('transient', `${what} failed: the answer names no digest`, { status: 200 })
}

/**
 * Reads a manifest by digest and checks that its bytes are the digest's; undefined when it is not there.
 *
 * @throws StepError `invalid` when the registry serves other bytes under this digest
 */
export async function readManifest(
  session: RegistrySession,
  place: Place,
  digest: string,
  attempts?: number,
): Promise<Manifest | undefined> {
  const what = `Read of ${place.repository}@${digest} at ${place.host}`
  const answer = await session.request(what, request('GET', place, `manifests/${digest}`), pullScope(place), attempts)
  if (answer.status === 404) {
    const [error] = registryErrors(answer.body)
    // The same status as "not there", for an image that is there.
    if (/accept header does not support/i.test(error?.message ?? '')) {
      throw new StepError('invalid', `${what} failed: ${error?.message}`, {
        remedy: 'This type of image is not supported yet: please report it.',
      })
    }
    return undefined
  }
  if (answer.status !== 200) throw session.failure(answer, what)
  const served = `sha256:${createHash('sha256').update(answer.body, 'utf8').digest('hex')}`
  if (served !== digest) {
    throw new StepError('transient', `${what} failed: the bytes served have the digest ${served}`, {
      status: 200,
      remedy: 'Something between the runner and the registry changes answers, or the replica is damaged.',
    })
  }
  return parseManifest(answer.body, digest, answer.header('content-type') ?? '')
}

/** Whether a blob is there. ACR answers HEAD itself, and redirects to storage only for what it has. */
export async function hasBlob(
  session: RegistrySession,
  place: Place,
  digest: string,
  attempts?: number,
): Promise<boolean> {
  const what = `Look-up of layer ${digest} of ${place.repository} at ${place.host}`
  const answer = await session.request(what, request('HEAD', place, `blobs/${digest}`), pullScope(place), attempts)
  if (answer.status === 404) return false
  if (answer.status === 200 || answer.status === 307 || answer.status === 302) return true
  throw session.failure(answer, what)
}

/** The scope of a token that may pull. */
export function pullScope({ repository }: Pick<Place, 'repository'>): string {
  return `repository:${repository}:pull`
}

function request(method: 'GET' | 'HEAD', { host, repository }: Place, path: string) {
  return {
    method,
    host,
    path: `/v2/${repository}/${path}`,
    headers: { accept: path.startsWith('blobs/') ? '*/*' : ACCEPT },
  }
}

interface Descriptor {
  readonly digest?: unknown
  readonly mediaType?: unknown
  readonly urls?: unknown
}

/** Takes apart an index, a manifest list or an image manifest. */
export function parseManifest(text: string, digest: string, contentType: string): Manifest {
  const body = parseObject(text, digest)
  const mediaType =
    typeof body['mediaType'] === 'string' ? body['mediaType'] : (contentType.split(';', 1)[0] ?? '').trim()
  const descriptors = (field: string): Descriptor[] => {
    const value = body[field]
    return Array.isArray(value) ? (value as unknown[]).filter(isObject) : []
  }
  const digests = (list: readonly Descriptor[]) => [
    ...new Set(
      list.map(({ digest: named }) => {
        if (typeof named === 'string' && isDigest(named)) return named
        throw malformed(digest, `it refers to '${messageOf(named)}'`)
      }),
    ),
  ]
  const config = isObject(body['config']) ? [body['config'] as Descriptor] : []
  return {
    digest,
    mediaType,
    children: digests(descriptors('manifests')),
    // Foreign layers stay at the place their URLs name: no registry stores them.
    blobs: digests([
      ...config,
      ...[...descriptors('layers'), ...descriptors('blobs')].filter(layer => !isForeign(layer)),
    ]),
  }
}

function isForeign({ mediaType }: Descriptor): boolean {
  return typeof mediaType === 'string' && /foreign|nondistributable/.test(mediaType)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function parseObject(text: string, digest: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw malformed(digest, 'it is not JSON', error)
  }
  if (!isObject(value)) throw malformed(digest, 'it is not an object')
  return value
}

function malformed(digest: string, why: string, cause?: unknown): StepError {
  return new StepError('invalid', `Manifest ${digest} is malformed: ${why}`, {
    remedy: 'Push the image again.',
    ...(cause === undefined ? {} : { cause }),
  })
}
