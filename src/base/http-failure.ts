import { type ErrorKind } from './errors.ts'

/** Errors of the network that another try may cure (errno names of Node, and what the Azure pipeline makes of a broken answer). */
export const TRANSIENT_CODES: ReadonlySet<string> = new Set([
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

/** Status codes of ARM, Entra and registries, what they mean, and who says so. The first that matches counts. */
export const STATUSES: readonly (readonly [status: RegExp, kind: ErrorKind, source: string])[] = [
  [/^429$/, 'throttled', 'RFC 6585, section 4; ARM, "Understand how Azure Resource Manager throttles requests"'],
  [/^50[15]$/, 'invalid', 'RFC 9110, sections 15.6.2 and 15.6.6: the next try would fail the same way'],
  [
    /^(?:408|[5-9]\d\d)$/,
    'transient',
    'RFC 9110, sections 15.5.9 and 15.6; the SDK repeats them too (exponentialRetryStrategy)',
  ],
  [/^401$/, 'auth', 'RFC 9110, section 15.5.2; ACR answers it for a missing role as well'],
  [/^403$/, 'forbidden', 'RFC 9110, section 15.5.4; from a registry: its firewall'],
  [/^404$/, 'not-found', 'RFC 9110, section 15.5.5'],
  [/^4(?:09|12)$/, 'conflict', 'RFC 9110, sections 15.5.10 and 15.5.13; ARM: another operation is in progress'],
]

/** What a status code of ARM, Entra or a registry means, before its body is looked at. */
export function kindOfStatus(status: number): ErrorKind {
  return STATUSES.find(([pattern]) => pattern.test(String(status)))?.[1] ?? 'invalid'
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
