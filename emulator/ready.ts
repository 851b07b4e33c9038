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
