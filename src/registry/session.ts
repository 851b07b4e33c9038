import { type Clock } from '../base/clock.ts'
import { StepError, isKind } from '../base/errors.ts'
import { type RetryNotice, retry } from '../base/retry.ts'
import { type Challenge, parseChallenge } from './challenge.ts'
import { answerFailure } from './failure.ts'
import { isSameHost } from './reference.ts'
import { type Answer, type RegistryRequest, type Send } from './http.ts'
import { type Kept, type KeptToken, keepToken, renewalTime } from './kept-token.ts'

/** A token of Entra that a registry may exchange, and where it comes from ("registry audience"). */
export interface EntraToken {
  readonly kind: 'registry' | 'arm'
  readonly audience: string
  readonly get: () => Promise<string>
}

export interface SessionOptions {
  readonly loginServer: string
  /** Whether ARM named this host: tokens go to the login server and to such hosts only, whatever a challenge says. */
  readonly isTrusted: (host: string) => boolean
  /** Tried in this order. */
  readonly entraTokens: readonly EntraToken[]
  /** What to do where the registry refuses the identity. */
  readonly missingRole: string
  readonly send: Send
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly mask: (secret: string) => void
  readonly onRetry: (notice: RetryNotice) => void
}

/** Signed in to one registry: its refresh token works on the login server and on every regional endpoint. */
export interface RegistrySession {
  /**
   * The token docker signs in to a host with.
   *
   * @throws StepError `invalid` where the host's challenge would have docker take it elsewhere
   */
  refreshToken(host: string): Promise<string>
  /**
   * Sends a request with a token for `scope`. A 401 renews the token once.
   *
   * @param attempts 1 where the caller's own loop is the retry
   * @throws StepError `auth`, or `transient` and `throttled` when attempts are used up; other statuses are the caller's
   */
  request(what: string, request: RegistryRequest, scope: string, attempts?: number): Promise<Answer>
  /** A token for a scope at a host, as it is. */
  accessToken(host: string, scope: string): Promise<string>
  /** What to do where the registry refuses the identity. */
  readonly missingRole: string
  /** Drops all tokens: the next request signs in anew. */
  forget(): void
  /** The error for an answer the caller did not want. */
  failure(answer: Answer, what: string): StepError
}

export function openSession(options: SessionOptions): RegistrySession {
  const { loginServer, send, clock, signal, mask, onRetry } = options
  const isTrusted = (host: string) => isSameHost(host, loginServer) || options.isTrusted(host)
  const challenges = new Map<string, Promise<Challenge>>()
  const accessTokens = new Map<string, KeptToken>()

  const failure = (answer: Answer, what: string) => answerFailure(answer, what, clock.now(), options.missingRole)

  const keep = (token: string) => {
    mask(token)
    return { token, renewAt: renewalTime(token, clock.now()) }
  }

  const challengeOf = (host: string): Promise<Challenge> => {
    const known = challenges.get(host)
    if (known !== undefined) return known
    const asked = (async () => {
      const what = `Sign-in to ${host}`
      if (!isTrusted(host)) throw untrusted(what, host)
      const answer = await send(what, { method: 'GET', host, path: '/v2/' }, signal)
      const challenge = parseChallenge(answer.header('www-authenticate'))
      if (answer.status !== 401 || challenge === undefined) {
        throw answer.status === 401 ? notARegistry(host) : failure(answer, what)
      }
      const realm = URL.canParse(challenge.realm) ? new URL(challenge.realm) : undefined
      if (realm !== undefined && realm.protocol !== 'https:') throw inTheClear(what, challenge.realm)
      if (realm === undefined || !isTrusted(realm.host)) throw untrusted(what, realm?.host ?? challenge.realm)
      return challenge
    })()
    challenges.set(host, asked)
    asked.catch(() => challenges.delete(host))
    return asked
  }

  const refresh = keepToken(exchange, () => clock.now())

  async function exchange(): Promise<Kept> {
    const what = `Sign-in to ${loginServer}`
    const { realm, service } = await challengeOf(loginServer)
    let refused: unknown
    for (const { audience, get } of options.entraTokens) {
      try {
        const form = { grant_type: 'access_token', service, access_token: await get() }
        const answer = await send(
          what,
          { method: 'POST', host: new URL(realm).host, path: '/oauth2/exchange', form },
          signal,
        )
        if (answer.status === 200) return keep(tokenIn(answer, 'refresh_token', what))
        throw failure(answer, `${what} (exchange of the Entra token for ${audience})`)
      } catch (error) {
        // Another audience may be accepted where this one is not; anything else would fail the same way.
        if (!isKind(error, 'auth', 'invalid')) throw error
        refused ??= error
      }
    }
    throw refused
  }

  const accessToken = (host: string, scope: string): KeptToken => {
    const key = `${host} ${scope}`
    const known = accessTokens.get(key)
    if (known !== undefined) return known
    const made = keepToken(
      async () => {
        const what = `Sign-in to ${host} for ${scope}`
        const { realm, service } = await challengeOf(host)
        const url = new URL(realm)
        const form = { grant_type: 'refresh_token', service, scope, refresh_token: await refresh.get() }
        const answer = await send(what, { method: 'POST', host: url.host, path: url.pathname, form }, signal)
        if (answer.status !== 200) throw failure(answer, what)
        return keep(tokenIn(answer, 'access_token', what))
      },
      () => clock.now(),
    )
    accessTokens.set(key, made)
    return made
  }

  const authorized = async (what: string, request: RegistryRequest, scope: string): Promise<Answer> => {
    const token = accessToken(request.host, scope)
    const withToken = async () => {
      const authorization = `Bearer ${await token.get()}`
      return send(what, { ...request, headers: { ...request.headers, authorization } }, signal)
    }
    const first = await withToken().catch((error: unknown) => {
      if (isKind(error, 'auth')) return undefined
      throw error
    })
    if (first !== undefined && first.status !== 401) return first
    // Expired, or the registry switched its permission mode: everything issued so far may be void.
    token.drop()
    refresh.drop()
    const second = await withToken()
    if (second.status === 401) throw failure(second, what)
    return second
  }

  return {
    forget() {
      refresh.drop()
      accessTokens.clear()
    },
    failure,
    missingRole: options.missingRole,
    accessToken: (host, scope) => accessToken(host, scope).get(),
    refreshToken: host =>
      retry(
        `Sign-in to ${host}`,
        async () => {
          // Docker follows whatever challenge the host gives it.
          await challengeOf(host)
          return refresh.get()
        },
        { clock, signal, onRetry },
      ),
    request: (what, request, scope, attempts) =>
      retry(
        what,
        async () => {
          const answer = await authorized(what, request, scope)
          if (answer.status === 429 || answer.status === 408 || answer.status >= 500) throw failure(answer, what)
          return answer
        },
        { clock, signal, onRetry, ...(attempts === undefined ? {} : { attempts }) },
      ),
  }
}

function tokenIn(answer: Answer, field: string, what: string): string {
  let token: unknown
  try {
    token = (JSON.parse(answer.body) as Record<string, unknown> | null)?.[field]
  } catch {
    token = undefined
  }
  if (typeof token === 'string' && token !== '') return token
  throw new StepError('transient', `${what} failed: the registry answered without a ${field}`, { status: 200 })
}

function untrusted(what: string, host: string): StepError {
  return new StepError(
    'invalid',
    `${what} was refused: it would send a token to ${host}, which is no host of this registry`,
    {
      remedy: 'Check who answers for the login server: a proxy or a DNS entry may point elsewhere.',
    },
  )
}

function inTheClear(what: string, realm: string): StepError {
  return new StepError('invalid', `${what} was refused: it would send a token to ${realm}, which is not https`, {
    remedy: 'Check who answers for the login server: tokens are sent over https alone.',
  })
}

function notARegistry(host: string): StepError {
  return new StepError('invalid', `${host} does not sign in like a container registry of Azure`, {
    remedy: 'Check the login server, and what answers for it (a proxy, a captive portal).',
  })
}
