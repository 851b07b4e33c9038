import { type Answer, empty } from '../../http/answer.ts'
import { type Call, readBody } from '../../http/call.ts'
import { type Content } from '../content.ts'
import { blobsOf, digestPattern, type Manifest, mediaTypes, readManifest, sha256 } from '../manifest.ts'
import { commonHeaders, registryError } from '../registry-error.ts'
import { type OciContext } from './oci-context.ts'
import { type OciPath } from './route.ts'

const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/

/** GET and HEAD of a manifest by tag or digest; the Accept header must name the stored type, as in distribution 2.8 and ACR. */
export function getManifest(context: OciContext, call: Call, { repository, reference }: OciPath): Answer {
  const byDigest = digestPattern.test(reference)
  const find = (content: Content) =>
    content.manifest(repository, byDigest ? reference : (content.tag(repository, reference)?.digest ?? ''))
  const own = find(context.replica.content)
  const source = own ? undefined : context.elsewhere(content => find(content) !== undefined)
  const manifest = own ?? (source && find(source))
  if (!manifest) return unknownManifest(reference, byDigest)
  if (call.headers['if-none-match'] === `"${manifest.digest}"`) return empty(304, commonHeaders())
  const refusal = refuseType(manifest, call.headers.accept ?? '', byDigest)
  if (refusal !== undefined) return registryError('MANIFEST_UNKNOWN', refusal)
  return {
    status: 200,
    headers: {
      ...commonHeaders(),
      'content-type': manifest.mediaType,
      'docker-content-digest': manifest.digest,
      etag: `"${manifest.digest}"`,
    },
    body: manifest.bytes,
  }
}

/** PUT of a manifest: whatever it refers to must already be in this very replica. */
export async function putManifest(
  context: OciContext,
  call: Call,
  { repository, reference }: OciPath,
): Promise<Answer> {
  const { replica, settings } = context
  const bytes = await readBody(call, settings.limits.manifest)
  if (!bytes) return registryError('SIZE_INVALID', `manifest is larger than ${settings.limits.manifest} bytes`)
  const byDigest = digestPattern.test(reference)
  if (!byDigest && !tagPattern.test(reference)) return registryError('TAG_INVALID', 'manifest tag did not match URI')
  if (byDigest && reference !== sha256(bytes))
    return registryError('DIGEST_INVALID', 'provided digest did not match uploaded content')
  const manifest = readManifest(bytes, call.headers['content-type'])
  if (!manifest) return registryError('MANIFEST_INVALID', 'manifest invalid')
  const missing = missingParts(replica.content, repository, manifest)
  if (missing[0] !== undefined) return registryError('MANIFEST_BLOB_UNKNOWN', 'blob unknown to registry', missing[0])

  const at = Date.now()
  const isNew = replica.content.manifest(repository, manifest.digest) === undefined
  replica.content.putManifest(repository, manifest, at)
  const moved = !byDigest && replica.content.setTag(repository, reference, { digest: manifest.digest, at })
  context.pushed({
    region: replica.region,
    repository,
    manifest,
    ...(byDigest ? {} : { tag: reference }),
    at,
    changed: isNew || moved,
    request: { host: call.host, userAgent: call.headers['user-agent'] ?? '', address: call.clientAddress },
  })
  return {
    status: 201,
    headers: {
      ...commonHeaders(),
      location: `/v2/${repository}/manifests/${manifest.digest}`,
      'docker-content-digest': manifest.digest,
      ...(manifest.references.subject === undefined ? {} : { 'oci-subject': manifest.references.subject }),
    },
  }
}

/** DELETE by digest takes the manifest with its tags, by tag only the tag. */
export function deleteManifest(context: OciContext, { repository, reference }: OciPath): Answer {
  const { content, region } = context.replica
  if (digestPattern.test(reference)) {
    if (!content.manifest(repository, reference)) return unknownManifest(reference, true)
    content.deleteManifest(repository, reference)
    context.deleted({ region, repository, digest: reference })
  } else {
    if (!content.tag(repository, reference)) return unknownManifest(reference, false)
    content.deleteTag(repository, reference)
    context.deleted({ region, repository, tag: reference })
  }
  return empty(202, commonHeaders())
}

function missingParts(content: Content, repository: string, manifest: Manifest): string[] {
  return [
    ...blobsOf(manifest).filter(digest => !content.hasBlob(repository, digest)),
    ...manifest.references.children.filter(digest => !content.manifest(repository, digest)),
  ]
}

function unknownManifest(reference: string, byDigest: boolean): Answer {
  const message = byDigest ? `manifest unknown` : `manifest tagged by "${reference}" is not found`
  return registryError(
    'MANIFEST_UNKNOWN',
    message,
    byDigest ? { Name: 'manifest', Revision: reference } : { Tag: reference },
  )
}

/**
 * Why a manifest can't be had with this Accept header; undefined = it can. OCI types must be named; Docker's are also given to whoever asks by
 * digest (by tag, distribution would convert them to schema 1, which ACR no longer has).
 */
function refuseType({ mediaType }: Manifest, accept: string, byDigest: boolean): string | undefined {
  const accepted = accept.split(',').map(part => part.split(';')[0]?.trim())
  if (accepted.includes(mediaType)) return undefined
  switch (mediaType) {
    case mediaTypes.ociIndex:
      return 'OCI index found, but accept header does not support OCI indexes'
    case mediaTypes.ociManifest:
      return 'OCI manifest found, but accept header does not support OCI manifests'
    case mediaTypes.artifact:
      return 'OCI artifact found, but accept header does not support OCI artifacts'
    default:
      return byDigest ? undefined : 'manifest found, but accept header does not support its media type'
  }
}
