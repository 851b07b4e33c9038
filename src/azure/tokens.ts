import { readFile } from 'node:fs/promises'
import { type HttpClient } from '@azure/core-rest-pipeline'
import { type AccessToken, type GetTokenOptions, type TokenCredential } from '@azure/identity'
import { abortable } from '../base/abortable.ts'
import { type Clock } from '../base/clock.ts'
import { type RetryNotice, retry } from '../base/retry.ts'
import { type AskCli } from './cli.ts'
import { type Cloud } from './cloud.ts'
import { type EntraAnswer, createCredential } from './credential.ts'
import { entraFailure } from './entra-failure.ts'
import { type RunOrigin } from './run-origin.ts'
import { type SignIn } from './sign-in.ts'

export interface TokenSourceOptions {
  readonly signIn: SignIn
  readonly cloud: Cloud
  readonly http: HttpClient
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly idToken: (audience: string) => Promise<string>
  readonly askCli: AskCli
  /** Registers a secret with the runner before anything else sees it. */
  readonly mask: (secret: string) => void
  readonly onRetry: (notice: RetryNotice) => void
  /** What other ways to sign in lacked, for the error. */
  readonly lacking: string
  /** Set where GitHub gives the run less than others, for the error. */
  readonly origin?: RunOrigin | undefined
}

/**
 * Entra tokens by scope: asked for once at a time, kept until shortly before they expire, retried, masked.
 * The Azure CLI starts a process for every token and every SDK client asks for its own, so this is shared by all.
 */
export interface TokenSource extends TokenCredential {
  getToken(scopes: string | string[], options?: GetTokenOptions): Promise<AccessToken>
  /** Lets go of a token that was refused before its time, unless it is quite new. Tells whether it did. */
  forget(scope: string): boolean
}

interface Kept {
  readonly token: Promise<AccessToken>
  /** When to ask again, milliseconds since the epoch. */
  renewAt: number
  readonly askedAt: number
}

export function createTokenSource(options: TokenSourceOptions): TokenSource {
  const { signIn, cloud, clock, mask } = options
  /** A new credential for every token: its assertion is fetched for this one alone, and MSAL, which remembers trouble for a minute, starts afresh. */
  const attempt = async (scope: string, request: GetTokenOptions): Promise<AccessToken> => {
    let answer: EntraAnswer | undefined
    let presented: string | undefined
    const present = (assertion: string): string => {
      mask(assertion)
      presented = assertionClaims(assertion)
      return assertion
    }
    try {
      const credential = createCredential(signIn, {
        cloud,
        http: options.http,
        onAnswer: latest => (answer = latest),
        idToken: async audience => present(await options.idToken(audience)),
        tokenFile: async path => present((await readFile(path, 'utf8')).trim()),
        askCli: options.askCli,
      })
      // Not every credential listens to the signal.
      const token = await abortable(
        credential.getToken(scope, { ...request, abortSignal: options.signal }),
        options.signal,
      )
      if (token === null) throw new Error('the credential gave no token')
      mask(token.token)
      return token
    } catch (error) {
      options.signal.throwIfAborted()
      const { lacking, origin } = options
      throw entraFailure(error, { signIn, scope, answer, now: clock.now(), presented, lacking, origin })
    }
  }

  const fetch = (scope: string, request: GetTokenOptions): Promise<AccessToken> =>
    retry(`Sign-in to Azure for ${scope}`, () => attempt(scope, request), {
      clock,
      signal: options.signal,
      onRetry: options.onRetry,
    })

  const kept = new Map<string, Kept>()
  return {
    async getToken(scopes, request = {}) {
      const scope = typeof scopes === 'string' ? scopes : scopes.join(' ')
      // A claims challenge asks for another token than the one that was just refused.
      const fresh = kept.get(scope)
      if (fresh !== undefined && request.claims === undefined && clock.now() < fresh.renewAt) return fresh.token
      const entry: Kept = { token: fetch(scope, request), renewAt: Number.POSITIVE_INFINITY, askedAt: clock.now() }
      kept.set(scope, entry)
      try {
        const token = await entry.token
        entry.renewAt = renewalTime(clock.now(), token.expiresOnTimestamp)
        return token
      } catch (error) {
        if (kept.get(scope) === entry) kept.delete(scope)
        throw error
      }
    },
    forget(scope) {
      const known = kept.get(scope)
      return known !== undefined && clock.now() - known.askedAt >= NEW_MS && kept.delete(scope)
    },
  }
}

/** A token of this age is not asked for again: another one would be refused as well. In milliseconds. */
const NEW_MS = 60_000

/** Five minutes before the end, or half-way through a token that lives less than ten. */
function renewalTime(now: number, expiresAt: number): number {
  return expiresAt - Math.min(5 * 60_000, Math.max(0, expiresAt - now) / 2)
}

/** Issuer, subject and audience of an assertion, in words. Not the token: these three are what a federated credential is made of. */
function assertionClaims(token: string): string | undefined {
  try {
    const payload: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'))
    const claims = payload as Record<'iss' | 'sub' | 'aud', unknown>
    return `issuer ${String(claims.iss)}, subject ${String(claims.sub)}, audience ${String(claims.aud)}`
  } catch {
    return undefined
  }
}
