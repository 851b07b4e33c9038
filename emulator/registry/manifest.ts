import { createHash } from 'node:crypto'

/** A manifest or index as stored: its very bytes, and what it refers to. */
export interface Manifest {
  readonly digest: string
  readonly mediaType: string
  readonly bytes: Buffer
  readonly references: References
}

export interface References {
  /** The config of an image. */
  config?: string
  /** Layers a registry keeps; those with `urls` of their own (foreign layers) are not among them. */
  layers: string[]
  /** Manifests of an index. */
  children: string[]
  /** The manifest this one is about (OCI referrers). */
  subject?: string
  artifactType?: string
  annotations?: Record<string, string>
}

export const mediaTypes = {
  ociIndex: 'application/vnd.oci.image.index.v1+json',
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  dockerList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  artifact: 'application/vnd.oci.artifact.manifest.v1+json',
} as const

const known: readonly string[] = Object.values(mediaTypes)

/** Reads a manifest; undefined where the bytes are no manifest of that type. */
export function readManifest(bytes: Buffer, contentType: string | undefined): Manifest | undefined {
  let body: Body
  try {
    body = JSON.parse(bytes.toString('utf8')) as Body
  } catch {
    return undefined
  }
  if (typeof body !== 'object' || body === null) return undefined
  const mediaType = contentType?.split(';')[0]?.trim() ?? body.mediaType ?? ''
  if (!known.includes(mediaType) || (body.mediaType !== undefined && body.mediaType !== mediaType)) return undefined
  const references = referencesOf(body)
  return references && { digest: sha256(bytes), mediaType, bytes, references }
}

export function isIndex({ mediaType }: Manifest): boolean {
  return mediaType === mediaTypes.ociIndex || mediaType === mediaTypes.dockerList
}

/** All blobs of an image: layers, then config. */
export function blobsOf({ references }: Manifest): string[] {
  return [...references.layers, ...(references.config === undefined ? [] : [references.config])]
}

export function sha256(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

export const digestPattern = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/

interface Descriptor {
  digest?: unknown
  mediaType?: unknown
  urls?: unknown
}

interface Body {
  mediaType?: string
  artifactType?: string
  config?: Descriptor
  layers?: Descriptor[]
  blobs?: Descriptor[]
  manifests?: Descriptor[]
  subject?: Descriptor
  annotations?: Record<string, string>
}

function referencesOf(body: Body): References | undefined {
  const own = [...(body.layers ?? []), ...(body.blobs ?? [])].filter(layer => !Array.isArray(layer.urls))
  const config = body.config?.digest
  const subject = body.subject?.digest
  const references = {
    layers: own.map(layer => layer.digest),
    children: (body.manifests ?? []).map(child => child.digest),
  }
  const named = [...references.layers, ...references.children, config, subject].filter(digest => digest !== undefined)
  if (!named.every(digest => typeof digest === 'string' && digestPattern.test(digest))) return undefined
  const artifactType =
    body.artifactType ?? (typeof body.config?.mediaType === 'string' ? body.config.mediaType : undefined)
  return {
    ...(references as { layers: string[]; children: string[] }),
    ...(config === undefined ? {} : { config: config as string }),
    ...(subject === undefined ? {} : { subject: subject as string }),
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(body.annotations === undefined ? {} : { annotations: body.annotations }),
  }
}
