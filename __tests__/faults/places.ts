import { type Fault } from '../../emulator/index.ts'

type Match = Fault['match']
type Action = Fault['action']

/** Requests of the step, by what they are for. */
const arm = (path: string, method = 'GET'): Match => ({ service: 'arm', method, path })
export const ANY_OF_ARM: Match = { service: 'arm' }
export const LIST_REGISTRIES = arm('/resources\\?')
export const READ_REGISTRY = arm('/registries/contoso\\?api-version=2025')
export const READ_ENDPOINTS = arm('/registries/contoso\\?api-version=2026')
export const UPDATE_REGISTRY = arm('/registries/contoso\\?', 'PATCH')
export const READ_PROVIDER = arm('/providers/Microsoft.ContainerRegistry\\?')
export const LIST_REPLICAS = arm('/replications\\?')
export const LIST_WEBHOOKS = arm('/webhooks\\?')
export const LIST_EVENTS = arm('/listEvents', 'POST')
export const CREATE_WEBHOOK = arm('/webhooks/\\w+\\?', 'PUT')
export const POLL = arm('/operationStatuses/')
export const DELETE_RESULT = arm('/operationResults/')
export const readReplica = (region: string) => arm(`/replications/${region}\\?`)
export const createReplica = (region: string) => arm(`/replications/${region}\\?`, 'PUT')
export const deleteReplica = (region: string) => arm(`/replications/${region}\\?`, 'DELETE')

export const ENTRA_TOKEN: Match = { service: 'entra', method: 'POST', path: '/oauth2/v2.0/token' }
export const GITHUB_TOKEN: Match = { service: 'github', path: '/idtoken' }

const registry = (method: string, path: string, region?: string): Match => ({
  service: 'registry',
  method,
  path,
  ...(region === undefined ? {} : { region }),
})
export const CHALLENGE = registry('GET', '^/v2/$')
export const EXCHANGE = registry('POST', '^/oauth2/exchange')
export const ACCESS_TOKEN = registry('POST', '^/oauth2/token')
export const PUT_MANIFEST = registry('PUT', '/manifests/')
export const SEND_BLOB = registry('PATCH', '/blobs/uploads/')
export const START_BLOB = registry('POST', '/blobs/uploads/')
export const readManifest = (region?: string) => registry('GET', '/manifests/sha256:', region)
export const lookUpTag = (region?: string) => registry('HEAD', '/manifests/1\\.2', region)
export const lookUpBlob = (region?: string) => registry('HEAD', '/blobs/sha256:', region)

/** Answers as Azure gives them. */
const armError = (status: number, code: string, message = 'It did not work out.', headers = {}): Action => ({
  status,
  headers,
  body: { error: { code, message } },
})
export const armAnswer = armError
export const THROTTLED = armError(429, 'TooManyRequests', 'The request is being throttled.')
export const throttledFor = (seconds: number) =>
  armError(429, 'TooManyRequests', 'The request is being throttled.', { 'retry-after': String(seconds) })
export const UNAVAILABLE = armError(503, 'ServiceUnavailable', 'The service is unavailable.')
/** Says to come back at once: rows that use up all attempts need not wait. */
export const UNAVAILABLE_NOW = armError(503, 'ServiceUnavailable', 'The service is unavailable.', {
  'retry-after-ms': '20',
})
export const SERVER_ERROR = armError(500, 'InternalServerError', 'Encountered internal server error.')
export const BUSY = armError(409, 'RegistryStatusConflict', 'Another operation is in progress on the registry.')

export const registryAnswer = (status: number, code: string, message: string, headers = {}): Action => ({
  status,
  headers,
  body: { errors: [{ code, message }] },
})
export const BLOB_UNKNOWN = registryAnswer(400, 'MANIFEST_BLOB_UNKNOWN', 'manifest blob unknown to registry')
export const TOO_MANY = registryAnswer(429, 'TOOMANYREQUESTS', 'too many requests', { 'retry-after': '1' })
export const REGISTRY_DOWN = registryAnswer(500, 'UNKNOWN', 'unknown error')
export const REGISTRY_DOWN_NOW = registryAnswer(503, 'UNKNOWN', 'unknown error', { 'retry-after-ms': '20' })

export const RESET: Action = { reset: true }
export const CLOSE: Action = { close: true }
export const HANG: Action = { hang: true }
export const ENDLESS: Action = { endless: true }
export const json = (body: unknown): Action => ({ status: 200, body })
export const page = (text: string): Action => ({ status: 200, headers: { 'content-type': 'text/html' }, body: text })
export const PORTAL = page('<!doctype html><title>Sign in to the guest network</title>')

/** Something that happens to the first so many requests, or to all. */
export const once = (match: Match, action: Action): Fault => ({ match, count: 1, action })
export const twice = (match: Match, action: Action): Fault => ({ match, count: 2, action })
export const thrice = (match: Match, action: Action): Fault => ({ match, count: 3, action })
export const always = (match: Match, action: Action): Fault => ({ match, action })
export const everySecond = (match: Match, action: Action): Fault => ({ match, every: 2, action })
