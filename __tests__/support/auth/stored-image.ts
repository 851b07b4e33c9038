import { createHash } from 'node:crypto'
import { type Emulator } from '../../../emulator/index.ts'
import { acrRefreshToken } from '../acr-sign-in.ts'
import { postForm, sendTo } from './https.ts'

const CONFIG = '{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}'
const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json'

/** Puts a small image into the registry without any engine, for steps that push nothing. Resolves with its digest. */
export async function storeImage({ ready }: Emulator, repository: string, tag: string): Promise<string> {
  const base = `https://${ready.loginServer}`
  const { access_token = '' } = await postForm(ready, `${base}/oauth2/token`, {
    grant_type: 'refresh_token',
    service: ready.loginServer,
    scope: `repository:${repository}:pull,push`,
    refresh_token: await acrRefreshToken(ready, ready.loginServer),
  })
  const put = async (method: string, url: string, type: string, body?: string) => {
    const headers = { authorization: `Bearer ${access_token}`, 'content-type': type }
    const reply = await sendTo(ready, new URL(url, base).href, { method, headers }, body)
    if (reply.status >= 300) throw new Error(`${method} ${url} answered ${reply.status}: ${reply.body}`)
    return reply
  }
  const { headers } = await put('POST', `/v2/${repository}/blobs/uploads/`, 'text/plain')
  const upload = new URL(headers.location ?? '', base)
  upload.searchParams.set('digest', digestOf(CONFIG))
  await put('PUT', upload.href, 'application/octet-stream', CONFIG)
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: digestOf(CONFIG), size: CONFIG.length },
    layers: [],
  })
  await put('PUT', `/v2/${repository}/manifests/${tag}`, MANIFEST_TYPE, manifest)
  return digestOf(manifest)
}

function digestOf(content: string): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`
}
