import { type ErrorKind } from './errors.ts'

/** Errors of the network that another try may cure (errno names of Node, and what the Azure pipeline makes of a broken answer). */
const TRANSIENT_CODES = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
  'ETIMEDOUT',
  'ESOCKETTIMEDOUT',
  'EAI_AGAIN',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'ERR_STREAM_PREMATURE_CLOSE',
  'REQUEST_SEND_ERROR',
  'PARSE_ERROR',
])

/** What a status code of ARM, Entra or a registry means, before its body is looked at. */
export function kindOfStatus(status: number): ErrorKind {
  if (status === 429) return 'throttled'
  if (status === 408 || (status >= 500 && status !== 501 && status !== 505)) return 'transient'
  if (status === 401) return 'auth'
  if (status === 403) return 'forbidden'
  if (status === 404) return 'not-found'
  if (status === 409 || status === 412) return 'conflict'
  return 'invalid'
}

/** Whether an error code of Node or of the Azure pipeline stands for a passing fault of the network. */
export function isTransientCode(code: string | undefined): boolean {
  return code !== undefined && TRANSIENT_CODES.has(code)
}

/**
 * The wait a service asked for: `Retry-After` in seconds or as a date (RFC 9110), or `retry-after-ms` as Azure sends it.
 *
 * @returns milliseconds, or undefined without a usable header
 */
export function retryAfterMs(header: (name: string) => string | undefined, now: number): number | undefined {
  const ms = Number(header('retry-after-ms') || header('x-ms-retry-after-ms') || Number.NaN)
  if (Number.isFinite(ms) && ms >= 0) return ms
  const value = header('retry-after')?.trim()
  if (value === undefined || value === '') return undefined
  const seconds = Number(value)
  if (Number.isFinite(seconds)) return seconds >= 0 ? seconds * 1000 : undefined
  const date = Date.parse(value)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}
