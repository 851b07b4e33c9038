import { type RequestRecord } from '../../../emulator/index.ts'

const CHANGING = ['PUT', 'PATCH', 'DELETE']
/** POSTs to ARM that only read. */
const READING_POST = /\/(?:listEvents|getCallbackConfig)$/

const pathOf = ({ path }: RequestRecord) => path.replace(/\?.*$/, '')

/** Requests that change something in Azure or in a registry, as `METHOD host/path`. A sign-in is none. */
export function writesIn(requests: readonly RequestRecord[]): string[] {
  const changes = (request: RequestRecord) => {
    if (request.service !== 'arm' && request.service !== 'registry') return false
    if (CHANGING.includes(request.method)) return true
    if (request.method !== 'POST') return false
    return request.service === 'arm' ? !READING_POST.test(pathOf(request)) : pathOf(request).includes('/blobs/uploads/')
  }
  return requests.filter(changes).map(request => `${request.method} ${request.host}${pathOf(request)}`)
}

/** Names of the replicas that were asked for, sorted. */
export function replicasRequested(requests: readonly RequestRecord[]): string[] {
  return namesPut(requests, /\/replications\/([^/]+)$/)
}

/** Names of the webhooks that were written, sorted. */
export function webhooksWritten(requests: readonly RequestRecord[]): string[] {
  return namesPut(requests, /\/webhooks\/([^/]+)$/)
}

function namesPut(requests: readonly RequestRecord[], pattern: RegExp): string[] {
  return requests
    .filter(({ service, method }) => service === 'arm' && method === 'PUT')
    .flatMap(request => pattern.exec(pathOf(request))?.[1] ?? [])
    .sort()
}

/** Manifests that were put, as `host repository:reference`, with the status each got. */
export function manifestsPut(requests: readonly RequestRecord[]): { name: string; status: number }[] {
  return requests.flatMap(request => {
    const [, repository, reference] = /^\/v2\/(.+)\/manifests\/([^/]+)$/.exec(pathOf(request)) ?? []
    if (request.method !== 'PUT' || repository === undefined) return []
    return [{ name: `${request.host} ${repository}:${reference}`, status: request.status }]
  })
}

/** Hosts that took part of an upload, sorted. */
export function hostsUploadedTo(requests: readonly RequestRecord[]): string[] {
  const uploads = requests.filter(
    ({ service, method, path }) =>
      service === 'registry' &&
      (method === 'PUT' || method === 'PATCH' || (method === 'POST' && path.includes('/uploads/'))),
  )
  return [...new Set(uploads.map(({ host }) => host))].sort()
}
