/** A token, and when to make a new one (milliseconds since the epoch). */
export interface Kept {
  readonly token: string
  readonly renewAt: number
}

/** A token that is made when it is first needed and again when it is due, once at a time. */
export interface KeptToken {
  get(): Promise<string>
  /** The next `get` makes a new one. */
  drop(): void
}

export function keepToken(make: () => Promise<Kept>, now: () => number): KeptToken {
  let current: { readonly kept: Promise<Kept>; renewAt: number } | undefined
  return {
    async get() {
      if (current === undefined || now() >= current.renewAt) {
        const made = { kept: make(), renewAt: Number.POSITIVE_INFINITY }
        current = made
        made.kept.then(
          kept => (made.renewAt = kept.renewAt),
          () => {
            if (current === made) current = undefined
          },
        )
      }
      return (await current.kept).token
    },
    drop() {
      current = undefined
    },
  }
}

/** Shortly before the `exp` of a JWT, in milliseconds since the epoch: ACR sends no `expires_in`. A token without one is used for a minute. */
export function renewalTime(token: string, now: number): number {
  try {
    const { exp } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as {
      exp?: unknown
    }
    if (typeof exp === 'number') return exp * 1000 - Math.min(5 * 60_000, Math.max(0, exp * 1000 - now) / 5)
  } catch {
    // Not a JWT.
  }
  return now + 60_000
}
