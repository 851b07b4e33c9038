import { type Answer, json } from '../http/answer.ts'
import { type Call, decoded } from '../http/call.ts'
import { blobsOf, type Manifest } from './manifest.ts'
import { type OciContext } from './oci/oci-context.ts'
import { commonHeaders, registryError } from './registry-error.ts'

/** A path of ACR's own metadata API. */
export interface MetadataPath {
  repository: string
  kind: '_tags' | '_manifests' | ''
  /** Tag or digest; '' = the list. */
  reference: string
}

/** Takes `/acr/v1/<name>[/_tags|_manifests[/reference]]` apart. */
export function metadataPath(pathname: string): MetadataPath | undefined {
  const found = /^\/acr\/v1\/(.+?)(?:\/(_tags|_manifests)(?:\/([^/]+))?)?$/.exec(pathname)
  if (!found || found[1] === '_catalog') return undefined
  return {
    repository: found[1] ?? '',
    kind: (found[2] ?? '') as MetadataPath['kind'],
    reference: decoded(found[3] ?? ''),
  }
}

const changeable = { deleteEnabled: true, writeEnabled: true, readEnabled: true, listEnabled: true }

/** What `az acr repository show-tags`, `show` and `az acr manifest list-metadata` read. */
export function serveMetadata({ replica: { content }, settings }: OciContext, call: Call, path: MetadataPath): Answer {
  const { repository, kind, reference } = path
  const registry = settings.label
  if (!content.repositories.includes(repository))
    return registryError('NAME_UNKNOWN', 'repository name not known to registry', { name: repository })
  const limit = Number(call.url.searchParams.get('n') ?? 100)
  const after = call.url.searchParams.get('last') ?? ''
  const tags = content.tags(repository).map(([name, tag]) => ({ name, ...tag }))
  const manifests = content.manifests(repository).sort((a, b) => (a.digest < b.digest ? -1 : 1))
  const tagBody = (tag: { name: string; digest: string; at: number }) => ({
    name: tag.name,
    digest: tag.digest,
    createdTime: new Date(tag.at).toISOString(),
    lastUpdateTime: new Date(tag.at).toISOString(),
    signed: false,
    changeableAttributes: changeable,
  })
  const manifestBody = (manifest: Manifest & { at: number }) => ({
    digest: manifest.digest,
    imageSize: blobsOf(manifest).reduce(
      (size, digest) => size + (content.hasBlob(repository, digest) ? content.blobSize(digest) : 0),
      0,
    ),
    createdTime: new Date(manifest.at).toISOString(),
    lastUpdateTime: new Date(manifest.at).toISOString(),
    mediaType: manifest.mediaType,
    tags: tags.filter(tag => tag.digest === manifest.digest).map(tag => tag.name),
    changeableAttributes: changeable,
  })
  if (kind === '_tags') {
    if (reference === '')
      return answer({
        registry,
        imageName: repository,
        tags: tags
          .filter(tag => tag.name > after)
          .slice(0, limit)
          .map(tagBody),
      })
    const tag = tags.find(({ name }) => name === reference)
    return tag
      ? answer({ registry, imageName: repository, tag: tagBody(tag) })
      : registryError('MANIFEST_UNKNOWN', `tag "${reference}" is not found`)
  }
  if (kind === '_manifests') {
    if (reference === '') {
      return answer({
        registry,
        imageName: repository,
        manifests: manifests
          .filter(({ digest }) => digest > after)
          .slice(0, limit)
          .map(manifestBody),
      })
    }
    const manifest = manifests.find(({ digest }) => digest === reference)
    return manifest
      ? answer({ registry, imageName: repository, manifest: manifestBody(manifest) })
      : registryError('MANIFEST_UNKNOWN', 'manifest unknown')
  }
  return answer({
    registry,
    imageName: repository,
    manifestCount: manifests.length,
    tagCount: tags.length,
    changeableAttributes: changeable,
  })
}

function answer(body: unknown): Answer {
  return json(200, body, commonHeaders())
}
