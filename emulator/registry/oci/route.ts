import { type Answer } from '../../http/answer.ts'
import { type Call, decoded } from '../../http/call.ts'
import { commonHeaders, registryError } from '../registry-error.ts'
import { serveBlob } from './blobs.ts'
import { type OciContext } from './oci-context.ts'
import { deleteManifest, getManifest, putManifest } from './manifests.ts'
import { listReferrers, listRepositories, listTags } from './lists.ts'
import { serveUpload, startUpload } from './uploads.ts'

/** A path of the distribution API taken apart. */
export interface OciPath {
  repository: string
  kind: 'blobs' | 'uploads' | 'manifests' | 'tags' | 'referrers'
  /** Digest, tag or upload id. */
  reference: string
}

const namePattern = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/

/** Takes `/v2/<name>/…` apart; undefined where it is no such path. */
export function ociPath(pathname: string): OciPath | undefined {
  const path = pathname.replace(/\/$/, '')
  const uploads = /^\/v2\/(.+)\/blobs\/uploads(?:\/([^/]+))?$/.exec(path)
  if (uploads) return { repository: uploads[1] ?? '', kind: 'uploads', reference: uploads[2] ?? '' }
  const tags = /^\/v2\/(.+)\/tags\/list$/.exec(path)
  if (tags) return { repository: tags[1] ?? '', kind: 'tags', reference: '' }
  const other = /^\/v2\/(.+)\/(blobs|manifests|referrers)\/([^/]+)$/.exec(path)
  if (!other) return undefined
  return {
    repository: other[1] ?? '',
    kind: other[2] as 'blobs' | 'manifests' | 'referrers',
    reference: decoded(other[3] ?? ''),
  }
}

/** The OCI distribution API of one replica, for a request that is already authorized. */
export async function serveOci(context: OciContext, call: Call): Promise<Answer> {
  if (/^\/v2\/?$/.test(call.url.pathname)) return { status: 200, headers: commonHeaders(), body: '{}' }
  if (call.url.pathname === '/v2/_catalog') return listRepositories(context, call)
  const path = ociPath(call.url.pathname)
  if (!path) return { status: 404, headers: commonHeaders(), body: '404 page not found\n' }
  if (!namePattern.test(path.repository))
    return registryError('NAME_INVALID', 'invalid repository name', { name: path.repository })
  switch (path.kind) {
    case 'uploads':
      return path.reference === '' ? startUpload(context, call, path.repository) : serveUpload(context, call, path)
    case 'blobs':
      return serveBlob(context, call, path)
    case 'tags':
      return listTags(context, call, path.repository)
    case 'referrers':
      return listReferrers(context, call, path)
    case 'manifests':
      return serveManifest(context, call, path)
  }
}

async function serveManifest(context: OciContext, call: Call, path: OciPath): Promise<Answer> {
  switch (call.method) {
    case 'GET':
    case 'HEAD':
      return getManifest(context, call, path)
    case 'PUT':
      return putManifest(context, call, path)
    case 'DELETE':
      return deleteManifest(context, path)
    default:
      return registryError('UNSUPPORTED', 'The operation is unsupported.')
  }
}
