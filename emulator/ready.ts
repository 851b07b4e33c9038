import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { identityHeader } from './entra/managed-identity.ts'
import { type CertificateAuthority } from './http/certificate-authority.ts'
import { type Scenario } from './scenario.ts'
import { type Site } from './site.ts'

/** What `npm run emulator` prints as one JSON line when it is ready. */
export interface Ready {
  /** https URL of ARM, with a slash at the end. */
  resourceManagerEndpoint: string
  /** https URL of Entra ID. */
  authorityHost: string
  /** The same for `az cloud register --endpoint-active-directory`: an authority `az` asks for no instance discovery. */
  adfsAuthority: string
  /** PEM of the certificate authority. */
  caFile: string
  /** PEM of the system's authorities and ours in one, for what takes only one file (REQUESTS_CA_BUNDLE, SSL_CERT_FILE). */
  bundleFile: string
  subscriptionId: string
  tenantId: string
  clientId: string
  clientSecret: string
  resourceGroup: string
  registry: string
  /** host:port */
  loginServer: string
  /** host:port by region, of the replicas there are at the start; empty where regional endpoints are off. */
  regionalEndpoints: Record<string, string>
  /** What to export for the step: sign-in by secret and by GitHub's OIDC both work. */
  env: Record<string, string>
  /** What to export for a managed identity instead (App Service's form of the endpoint). */
  managedIdentityEnv: Record<string, string>
  /** Lines for the hosts file that only an administrator can add; empty when all names resolve. */
  hostsToAdd: string[]
}

/** Where the servers listen and files go. */
export interface Addresses {
  folder: string
  authority: CertificateAuthority
  address: { entra: string; arm: string }
  githubPort: number
  identityPort: number
}

/** Writes the certificate files and says where everything is. */
export function describe(
  { subscriptionId, tenantId, identity, github, registry }: Scenario,
  site: Site,
  where: Addresses,
): Ready {
  const caFile = join(where.folder, 'ca.pem')
  const bundleFile = join(where.folder, 'bundle.pem')
  writeFileSync(caFile, where.authority.pem)
  writeFileSync(bundleFile, systemAuthorities() + where.authority.pem)
  const endpoints = site.registry.hasRegionalEndpoints
    ? [...site.registry.replicas.values()].map(replica => [replica.region, site.registry.regionalHost(replica)])
    : []
  const identityAddress = `http://127.0.0.1:${where.identityPort}`
  return {
    resourceManagerEndpoint: `${where.address.arm}/`,
    authorityHost: where.address.entra,
    adfsAuthority: `${where.address.entra}/adfs`,
    caFile,
    bundleFile,
    subscriptionId,
    tenantId,
    clientId: identity.clientId,
    clientSecret: identity.clientSecret,
    resourceGroup: registry.resourceGroup,
    registry: registry.name,
    loginServer: site.registry.loginServer,
    regionalEndpoints: Object.fromEntries(endpoints) as Record<string, string>,
    env: {
      NODE_EXTRA_CA_CERTS: caFile,
      AZURE_CLIENT_ID: identity.clientId,
      AZURE_TENANT_ID: tenantId,
      AZURE_CLIENT_SECRET: identity.clientSecret,
      AZURE_SUBSCRIPTION_ID: subscriptionId,
      ACTIONS_ID_TOKEN_REQUEST_URL: `https://localhost:${where.githubPort}/idtoken?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: github.requestToken,
    },
    managedIdentityEnv: {
      IDENTITY_ENDPOINT: `${identityAddress}/msi/token`,
      IDENTITY_HEADER: identityHeader,
      AZURE_POD_IDENTITY_AUTHORITY_HOST: identityAddress,
    },
    hostsToAdd: [],
  }
}

/** The certificate bundle of the system, where it has one. */
function systemAuthorities(): string {
  const file = ['/etc/ssl/certs/ca-certificates.crt', '/etc/pki/tls/certs/ca-bundle.crt', '/etc/ssl/cert.pem'].find(
    existsSync,
  )
  return file === undefined ? '' : readFileSync(file, 'utf8') + '\n'
}
