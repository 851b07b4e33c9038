import { createHash } from 'node:crypto'

/** A manifest as a registry stores it. */
export interface StoredManifest {
  readonly digest: string
  readonly mediaType: string
  readonly body: string
}

/** An image as it was pushed: all its parts, told without the code under test. */
export interface Image {
  readonly name: string
  readonly digest: string
  readonly manifests: readonly StoredManifest[]
  /** Configurations and layers that a registry stores. */
  readonly blobs: readonly string[]
}

export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json'
export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
const DOCKER_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json'
const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json'
const FOREIGN_LAYER = 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip'
const OCI_LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip'

export function sha256(text: string): string {
  return `sha256:${createHash('sha256').update(text, 'utf8').digest('hex')}`
}

/** Digests that tags of other images resolve to. */
export const OLD_DIGEST = sha256('the image before this push')
export const STRANGER_DIGEST = sha256("somebody else's image")

function store(mediaType: string, content: object): StoredManifest {
  const body = JSON.stringify({ schemaVersion: 2, mediaType, ...content })
  return { digest: sha256(body), mediaType, body }
}

const blob = (content: string, mediaType = OCI_LAYER) => ({ mediaType, digest: sha256(content), size: content.length })

function single(mediaType: string, config: string, ...layers: object[]): StoredManifest {
  return store(mediaType, { config: blob(config, 'application/vnd.oci.image.config.v1+json'), layers })
}

const index = (mediaType: string, ...children: StoredManifest[]): StoredManifest =>
  store(mediaType, {
    manifests: children.map(({ digest, mediaType, body }) => ({ mediaType, digest, size: body.length })),
  })

function image(name: string, root: StoredManifest, others: readonly StoredManifest[], blobs: readonly string[]): Image {
  return { name, digest: root.digest, manifests: [root, ...others], blobs: blobs.map(sha256) }
}

function plainImage(): Image {
  return image(
    'single manifest',
    single(DOCKER_MANIFEST, 'config', blob('base'), blob('web')),
    [],
    ['config', 'base', 'web'],
  )
}

/** What docker with the containerd image store pushes: platforms that share a layer, and an attestation. */
function multiPlatform(): Image {
  const amd = single(OCI_MANIFEST, 'config amd64', blob('data'), blob('amd64'))
  const arm = single(OCI_MANIFEST, 'config arm64', blob('data'), blob('arm64'))
  const attestation = single(OCI_MANIFEST, 'config attestation', blob('provenance', 'application/vnd.in-toto+json'))
  return image(
    'index with attestation',
    index(OCI_INDEX, amd, arm, attestation),
    [amd, arm, attestation],
    ['config amd64', 'config arm64', 'config attestation', 'data', 'amd64', 'arm64', 'provenance'],
  )
}

/** A Windows image: its base layer is at the place its URL names, in no registry. */
function withForeignLayer(): Image {
  const windows = single(DOCKER_MANIFEST, 'config windows', blob('windows base', FOREIGN_LAYER), blob('app'))
  const linux = single(DOCKER_MANIFEST, 'config linux', blob('linux'))
  return image(
    'manifest list with a foreign layer',
    index(DOCKER_LIST, windows, linux),
    [windows, linux],
    ['config windows', 'app', 'config linux', 'linux'],
  )
}

function nested(): Image {
  const leaf = single(OCI_MANIFEST, 'config leaf', blob('leaf'))
  const inner = index(OCI_INDEX, leaf)
  const twin = single(OCI_MANIFEST, 'config twin', blob('leaf'))
  return image(
    'nested index that names a child twice',
    index(OCI_INDEX, inner, twin, twin),
    [inner, twin, leaf],
    ['config leaf', 'leaf', 'config twin'],
  )
}

export const IMAGES: readonly [Image, ...Image[]] = [plainImage(), multiPlatform(), withForeignLayer(), nested()]
