import { createPublicKey, type KeyObject, X509Certificate } from 'node:crypto'
import { decodeJwt, type JWTPayload, jwtVerify } from 'jose'
import { type Answer } from '../http/answer.ts'
import { type Scenario } from '../scenario.ts'
import { entraError } from './entra-error.ts'
import { type TokenSigner } from './token-signer.ts'

/** Checks an application's secret or assertion; the error to answer, or undefined when it is who it says. */
export type ClientAuthentication = (form: URLSearchParams) => Promise<Answer | undefined>

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** `issuers` are the OIDC issuers whose signatures Entra can check, by URL. */
export function clientAuthentication(
  scenario: Scenario,
  issuers: () => Map<string, TokenSigner>,
): ClientAuthentication {
  return async form => {
    const { identity } = scenario
    const clientId = form.get('client_id') ?? ''
    if (clientId.toLowerCase() !== identity.clientId.toLowerCase()) return unknownApplication(scenario, clientId)
    const secret = form.get('client_secret')
    if (secret !== null) return secret === identity.clientSecret ? undefined : wrongSecret(clientId)
    const assertion = form.get('client_assertion')
    if (assertion !== null && form.get('client_assertion_type') === assertionType)
      return checkAssertion(scenario, issuers(), assertion)
    return entraError(
      401,
      'invalid_client',
      7000216,
      `'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.`,
    )
  }
}

async function checkAssertion(
  scenario: Scenario,
  issuers: Map<string, TokenSigner>,
  assertion: string,
): Promise<Answer | undefined> {
  const claims = peek(assertion)
  if (!claims) return entraError(401, 'invalid_client', 50027, 'JWT token is invalid or malformed.')
  if (claims.iss === scenario.identity.clientId) return checkCertificate(scenario, assertion)
  const { iss = '', sub = '' } = claims
  const audience = [claims.aud ?? ''].flat().join(' ')
  const { federated } = scenario.identity
  if (!federated.some(credential => credential.issuer === iss && credential.subject === sub)) {
    return entraError(
      401,
      'invalid_client',
      700213,
      `No matching federated identity record found for presented assertion subject '${sub}'. Check your federated identity credential Subject, Audience and Issuer against the presented assertion. https://learn.microsoft.com/entra/workload-id/workload-identity-federation`,
    )
  }
  if (
    !federated.some(
      credential => credential.issuer === iss && credential.subject === sub && credential.audience === audience,
    )
  ) {
    return entraError(
      401,
      'invalid_client',
      700212,
      `No matching federated identity record found for presented assertion audience '${audience}'. Check your federated identity credential Subject, Audience and Issuer against the presented assertion.`,
    )
  }
  const verdict = await issuers.get(iss)?.verify(assertion)
  if (verdict === 'expired') return outOfTime(claims)
  return verdict ? undefined : badSignature(claims)
}

/** The older way: an assertion the application signs with its own certificate (RFC 7523). */
async function checkCertificate({ identity }: Scenario, assertion: string): Promise<Answer | undefined> {
  const key = identity.certificate === undefined ? undefined : certificateKey(identity.certificate)
  if (!key) return badSignature(peek(assertion) ?? {})
  try {
    // MSAL rounds the time it counts from; Entra, too, lets clocks differ a little.
    await jwtVerify(assertion, key, { clockTolerance: 5 })
    return undefined
  } catch (error) {
    const claims = peek(assertion) ?? {}
    return (error as { code?: string }).code === 'ERR_JWT_EXPIRED' ? outOfTime(claims) : badSignature(claims)
  }
}

function certificateKey(pem: string): KeyObject {
  return createPublicKey(new X509Certificate(pem).publicKey.export({ format: 'pem', type: 'spki' }))
}

function peek(token: string): JWTPayload | undefined {
  try {
    return decodeJwt(token)
  } catch {
    return undefined
  }
}

function unknownApplication({ tenantId }: Scenario, clientId: string): Answer {
  return entraError(
    400,
    'unauthorized_client',
    700016,
    `Application with identifier '${clientId}' was not found in the directory '${tenantId}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.`,
  )
}

function wrongSecret(clientId: string): Answer {
  return entraError(
    401,
    'invalid_client',
    7000215,
    `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${clientId}'.`,
  )
}

function outOfTime(claims: JWTPayload): Answer {
  const time = (seconds: number | undefined) =>
    new Date((seconds ?? 0) * 1000).toISOString().replace(/\.\d+Z$/, '.0000000Z')
  return entraError(
    401,
    'invalid_client',
    700024,
    `Client assertion is not within its valid time range. Current time: ${new Date().toISOString()}, assertion valid from ${time(claims.nbf)}, expiry time of assertion ${time(claims.exp)}. Review the documentation at https://learn.microsoft.com/entra/identity-platform/certificate-credentials.`,
  )
}

function badSignature(claims: JWTPayload): Answer {
  return entraError(
    401,
    'invalid_client',
    700027,
    `Client assertion failed signature validation. Issuer: '${claims.iss ?? ''}'.`,
  )
}
