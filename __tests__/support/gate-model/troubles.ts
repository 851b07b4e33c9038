import { type OutOfReach, type Trouble } from './schedule.ts'

/** What a request that goes wrong comes back with: an answer of HTTP, or an error of the network. */
export type Mishap =
  | { readonly status: number; readonly headers: ReadonlyMap<string, string> }
  | { readonly error: Error & { readonly code: string } }

const NO_HEADERS: ReadonlyMap<string, string> = new Map()
/** What a throttling service asks for. */
export const RETRY_AFTER_MS = 7000

const lost = (code: string, message: string): Mishap => ({ error: Object.assign(new Error(message), { code }) })

const MISHAPS: Readonly<Record<Trouble, Mishap>> = {
  throttled: { status: 429, headers: new Map([['retry-after', `${RETRY_AFTER_MS / 1000}`]]) },
  broken: { status: 500, headers: NO_HEADERS },
  unavailable: { status: 503, headers: NO_HEADERS },
  firewall: { status: 403, headers: NO_HEADERS },
  unauthorized: { status: 401, headers: NO_HEADERS },
  reset: lost('ECONNRESET', 'socket hang up'),
  strange: lost('EPROTO', 'write EPROTO ssl3_read_bytes: tlsv1 alert internal error'),
  nxdomain: lost('ENOTFOUND', 'getaddrinfo ENOTFOUND'),
  certificate: lost('DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed certificate'),
}

export function mishapOf(trouble: Trouble): Mishap {
  return MISHAPS[trouble]
}

const OUT_OF_REACH: ReadonlySet<Trouble> = new Set<OutOfReach>(['nxdomain', 'firewall', 'unauthorized', 'certificate'])

/** Whether a trouble says that nobody here can ask the host. */
export function isOutOfReach(trouble: Trouble): boolean {
  return OUT_OF_REACH.has(trouble)
}

/** Troubles that are no answer: a private address looks like that, and so does a host that is down. */
export function isSilence(trouble: Trouble): boolean {
  return trouble === 'reset' || trouble === 'strange'
}
