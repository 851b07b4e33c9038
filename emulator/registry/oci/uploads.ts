import { type Answer } from '../../http/answer.ts'
import { type Call } from '../../http/call.ts'
import { digestPattern } from '../manifest.ts'
import { commonHeaders, registryError } from '../registry-error.ts'
import { Upload } from '../upload.ts'
import { type OciContext } from './oci-context.ts'
import { type OciPath } from './route.ts'

/** POST …/blobs/uploads/: a new upload, a mount from another repository, or a whole blob at once. */
export async function startUpload(context: OciContext, call: Call, repository: string): Promise<Answer> {
  if (call.method !== 'POST') return registryError('UNSUPPORTED', 'The operation is unsupported.')
  const { replica } = context
  const query = call.url.searchParams
  const mount = query.get('mount')
  const from = query.get('from')
  if (mount !== null && from !== null && replica.content.hasBlob(from, mount)) {
    replica.content.mountBlob(repository, mount)
    return created(repository, mount)
  }
  const upload = new Upload(repository, replica.folder)
  replica.uploads.set(upload.id, upload)
  const digest = query.get('digest')
  if (digest === null) return accepted(upload)
  await upload.append(call.body)
  return finish(context, upload, digest)
}

/** PATCH adds a chunk, PUT finishes, GET tells how far it is, DELETE gives it up. */
export async function serveUpload(
  context: OciContext,
  call: Call,
  { repository, reference }: OciPath,
): Promise<Answer> {
  const upload = context.replica.uploads.get(reference)
  if (upload?.repository !== repository) return registryError('BLOB_UPLOAD_UNKNOWN', 'blob upload unknown to registry')
  switch (call.method) {
    case 'GET':
    case 'HEAD':
      return { ...accepted(upload), status: 204 }
    case 'PATCH':
      if (!continues(call, upload)) return outOfOrder(upload)
      await upload.append(call.body)
      return upload.size > context.settings.limits.blob ? tooLarge(context, upload) : accepted(upload)
    case 'PUT': {
      const digest = call.url.searchParams.get('digest')
      if (digest === null)
        return registryError('DIGEST_INVALID', 'provided digest did not match uploaded content', 'digest missing')
      if (!continues(call, upload)) return outOfOrder(upload)
      await upload.append(call.body)
      return upload.size > context.settings.limits.blob ? tooLarge(context, upload) : finish(context, upload, digest)
    }
    case 'DELETE':
      forget(context, upload)
      return { status: 204, headers: commonHeaders() }
    default:
      return registryError('UNSUPPORTED', 'The operation is unsupported.')
  }
}

async function finish(context: OciContext, upload: Upload, digest: string): Promise<Answer> {
  if (!digestPattern.test(digest) || !(await upload.matches(digest))) {
    forget(context, upload)
    return registryError('DIGEST_INVALID', 'provided digest did not match uploaded content', {
      Digest: digest,
      Reason: 'content does not match digest',
    })
  }
  context.replica.uploads.delete(upload.id)
  context.replica.content.takeBlob(upload.repository, digest, upload.file)
  return created(upload.repository, digest)
}

function forget({ replica }: OciContext, upload: Upload): void {
  replica.uploads.delete(upload.id)
  upload.discard()
}

/** Does the chunk start where the last one ended? */
function continues(call: Call, upload: Upload): boolean {
  const start = /^(?:bytes )?(\d+)-\d+/.exec(call.headers['content-range'] ?? '')?.[1]
  return start === undefined || Number(start) === upload.size
}

function outOfOrder(upload: Upload): Answer {
  return registryError('BLOB_UPLOAD_INVALID', 'blob upload invalid', undefined, accepted(upload).headers)
}

function tooLarge(context: OciContext, upload: Upload): Answer {
  forget(context, upload)
  return registryError('SIZE_INVALID', 'provided length did not match content length')
}

function created(repository: string, digest: string): Answer {
  return {
    status: 201,
    headers: { ...commonHeaders(), location: `/v2/${repository}/blobs/${digest}`, 'docker-content-digest': digest },
  }
}

/** ACR's locations are paths, so that they stay on whatever host the client uses. */
function accepted(upload: Upload): Answer {
  return {
    status: 202,
    headers: {
      ...commonHeaders(),
      location: `/v2/${upload.repository}/blobs/uploads/${upload.id}?_nouploadcache=false&_state=${upload.id.replaceAll('-', '')}`,
      'docker-upload-uuid': upload.id,
      range: `0-${Math.max(upload.size - 1, 0)}`,
    },
  }
}
