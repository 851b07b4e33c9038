import { generateKeyPairSync } from 'node:crypto'
import { issueCertificate } from '../../../emulator/http/certificate.ts'

/** A certificate of an app. */
export interface AppCertificate {
  /** The public half, for the app registration. */
  readonly certificate: string
  /** Private key and certificate in one file, for AZURE_CLIENT_CERTIFICATE_PATH. */
  readonly pem: string
}

/** Makes a certificate for an RSA key, the kind Entra takes. Entra looks at the key alone, not at who vouches for it. */
export function makeCertificate(): AppCertificate {
  const app = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const authority = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const certificate = issueCertificate({
    subject: 'acr-geo-push',
    publicKey: app.publicKey,
    issuer: 'somebody',
    issuerPublicKey: authority.publicKey,
    issuerKey: authority.privateKey,
    names: ['acr-geo-push.localhost'],
  })
  return { certificate, pem: `${app.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()}${certificate}` }
}
