import { generateKeyPairSync, type KeyPairKeyObjectResult, randomUUID } from 'node:crypto'
import { exportJWK, type JWK, type JWTPayload, jwtVerify, SignJWT } from 'jose'

/** An issuer's key: signs tokens and checks its own. */
export class TokenSigner {
  readonly #algorithm: 'RS256' | 'ES256'
  #pair: KeyPairKeyObjectResult | undefined
  readonly #keyId = randomUUID().replaceAll('-', '')

  constructor(algorithm: 'RS256' | 'ES256') {
    this.#algorithm = algorithm
  }

  /** Made when first needed: an RSA key takes a tenth of a second. */
  get #keys(): KeyPairKeyObjectResult {
    this.#pair ??=
      this.#algorithm === 'RS256'
        ? generateKeyPairSync('rsa', { modulusLength: 2048 })
        : generateKeyPairSync('ec', { namedCurve: 'P-256' })
    return this.#pair
  }

  /** A signed JWT that lives so many seconds. */
  async sign(claims: JWTPayload & { iss: string; aud: string }, lifetime: number): Promise<string> {
    const now = Math.floor(Date.now() / 1000)
    // A lifetime under a second must still make a token that has ended when it says so: exp may be fractional (RFC 7519, NumericDate).
    const exp = Number.isInteger(lifetime) ? now + lifetime : Date.now() / 1000 + lifetime
    return new SignJWT({ iat: now, nbf: now, ...claims, exp })
      .setProtectedHeader({ alg: this.#algorithm, typ: 'JWT', kid: this.#keyId })
      .sign(this.#keys.privateKey)
  }

  /** The claims of a token this key signed; `expired` when its time is over, undefined when it is none of ours. */
  async verify(token: string): Promise<JWTPayload | 'expired' | undefined> {
    try {
      const { payload } = await jwtVerify(token, this.#keys.publicKey)
      // jose counts in whole seconds; a lifetime may be shorter.
      return (payload.exp ?? 0) * 1000 <= Date.now() ? 'expired' : payload
    } catch (error) {
      return (error as { code?: string }).code === 'ERR_JWT_EXPIRED' ? 'expired' : undefined
    }
  }

  /** The public half, as the issuer's key set shows it. */
  async keySet(): Promise<{ keys: JWK[] }> {
    return {
      keys: [{ ...(await exportJWK(this.#keys.publicKey)), use: 'sig', alg: this.#algorithm, kid: this.#keyId }],
    }
  }
}
