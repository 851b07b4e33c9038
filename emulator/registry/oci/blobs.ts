import { createHmac, timingSafeEqual } from 'node:crypto'
import { type Answer, empty } from '../../http/answer.ts'
import { type Call } from '../../http/call.ts'
import { type Content } from '../content.ts'
import { type Replica } from '../replica.ts'
import { commonHeaders, registryError } from '../registry-error.ts'
import { type OciContext } from './oci-context.ts'
import { type OciPath } from './route.ts'

/** HEAD is answered here; GET is sent on to the data host of the replica's own region, as ACR does. */
export function serveBlob(context: OciContext, call: Call, { repository, reference: digest }: OciPath): Answer {
  const { replica } = context
  const has = (content: Content) => content.hasBlob(repository, digest)
  const source = has(replica.content) ? replica.content : context.elsewhere(has)
  if (!source) return registryError('BLOB_UNKNOWN', 'blob unknown to registry', digest)
  switch (call.method) {
    case 'HEAD':
      return { status: 200, headers: { ...blobHeaders(digest), 'content-length': String(source.blobSize(digest)) } }
    case 'GET':
      if (!context.settings.redirectBlobs || source !== replica.content) return sendBlob(source, digest, call)
      return {
        status: 307,
        headers: { ...commonHeaders(), location: signedAddress(replica, context.dataHost(call.host), digest) },
      }
    case 'DELETE':
      replica.content.deleteBlob(repository, digest)
      return { status: 202, headers: { ...commonHeaders(), 'docker-content-digest': digest } }
    default:
      return registryError('UNSUPPORTED', 'The operation is unsupported.')
  }
}

/** The data host: blobs by signed address, without any Authorization header (storage refuses two kinds of credentials). */
export function serveData(replica: Replica, call: Call): Answer {
  const digest = /^\/data\/(sha\d+):?([0-9a-f]+)$/.exec(call.url.pathname)
  const name = digest ? `${digest[1]}:${digest[2]}` : ''
  const expiry = call.url.searchParams.get('se') ?? ''
  const given = Buffer.from(call.url.searchParams.get('sig') ?? '', 'base64url')
  const right = signature(replica, name, expiry)
  const fits = given.length === right.length && timingSafeEqual(given, right) && Number(expiry) > Date.now()
  if (!fits || call.headers.authorization !== undefined)
    return empty(403, { 'x-ms-error-code': 'AuthenticationFailed' })
  return sendBlob(replica.content, name, call)
}

function signedAddress(replica: Replica, host: string, digest: string): string {
  const expiry = String(Date.now() + 20 * 60_000)
  return `https://${host}/data/${digest}?se=${expiry}&sig=${signature(replica, digest, expiry).toString('base64url')}`
}

function signature({ secret }: Replica, digest: string, expiry: string): Buffer {
  return createHmac('sha256', secret).update(`${digest}\n${expiry}`).digest()
}

function sendBlob(content: Content, digest: string, call: Call): Answer {
  const size = content.blobSize(digest)
  const head = blobHeaders(digest)
  const range = /^bytes=(\d+)-(\d*)$/.exec(call.headers.range ?? '')
  if (!range)
    return { status: 200, headers: { ...head, 'content-length': String(size) }, body: content.readBlob(digest) }
  const start = Number(range[1])
  const end = Math.min(range[2] ? Number(range[2]) : size - 1, size - 1)
  if (start > end) return empty(416, { ...head, 'content-range': `bytes */${size}` })
  return {
    status: 206,
    headers: { ...head, 'content-length': String(end - start + 1), 'content-range': `bytes ${start}-${end}/${size}` },
    body: content.readBlob(digest, start, end),
  }
}

function blobHeaders(digest: string): Record<string, string> {
  return {
    ...commonHeaders(),
    'content-type': 'application/octet-stream',
    'docker-content-digest': digest,
    'accept-ranges': 'bytes',
    etag: `"${digest}"`,
  }
}
