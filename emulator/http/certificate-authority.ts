import { generateKeyPairSync } from 'node:crypto'
import { isIP } from 'node:net'
import { createSecureContext, type SecureContext } from 'node:tls'
import { issueCertificate } from './certificate.ts'

const newKeys = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })

/** A certificate authority of its own, in memory: issues a certificate for each host when it is first asked for. */
export class CertificateAuthority {
  readonly #name = 'acr-geo-push local Azure'
  readonly #keys = newKeys()
  readonly #issued = new Map<string, SecureContext>()
  /** The root certificate; clients must trust it. */
  readonly pem = issueCertificate({
    subject: this.#name,
    publicKey: this.#keys.publicKey,
    issuer: this.#name,
    issuerPublicKey: this.#keys.publicKey,
    issuerKey: this.#keys.privateKey,
    names: [],
  })

  /** The TLS context for a host, issued once. */
  contextFor(host: string): SecureContext {
    let context = this.#issued.get(host)
    if (!context) this.#issued.set(host, (context = createSecureContext(this.issue(host))))
    return context
  }

  /** A new key and certificate chain (PEM) for a host; for an address also good for localhost. */
  issue(host: string): { key: string; cert: string } {
    const keys = newKeys()
    const certificate = issueCertificate({
      subject: host.slice(0, 64),
      publicKey: keys.publicKey,
      issuer: this.#name,
      issuerPublicKey: this.#keys.publicKey,
      issuerKey: this.#keys.privateKey,
      names: isIP(host) ? [host, '::1', 'localhost'] : [host],
    })
    return { key: keys.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(), cert: certificate + this.pem }
  }
}
