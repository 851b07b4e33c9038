import { type HttpClient, type PipelinePolicy } from '@azure/core-rest-pipeline'
import {
  ClientAssertionCredential,
  ClientCertificateCredential,
  ClientSecretCredential,
  ManagedIdentityCredential,
  type TokenCredential,
} from '@azure/identity'
import { type AskCli, cliCredential } from './cli.ts'
import { type Cloud } from './cloud.ts'
import { type SignIn } from './sign-in.ts'

/** The audience Entra expects in an assertion of a federated credential. */
const ASSERTION_AUDIENCE = 'api://AzureADTokenExchange'

/** What came of the last request to Entra, as the network saw it: MSAL loses status, headers and error codes. */
export interface EntraAnswer {
  /** Undefined when there was no answer. */
  readonly status: number | undefined
  readonly header: (name: string) => string | undefined
  readonly body?: string
  /** Why there was no answer: a code of Node, such as `ENOTFOUND` or `SELF_SIGNED_CERT_IN_CHAIN`. */
  readonly errorCode?: string
}

export interface CredentialOptions {
  readonly cloud: Cloud
  readonly http: HttpClient
  /** Asks GitHub for an OIDC token with this audience. */
  readonly idToken: (audience: string) => Promise<string>
  /** Reads the file that Kubernetes keeps a token in: anew for every token, because it is replaced. */
  readonly tokenFile: (path: string) => Promise<string>
  readonly askCli: AskCli
  /** Hears of every answer of Entra, also of failures. */
  readonly onAnswer: (answer: EntraAnswer) => void
}

/** The credential of the Azure SDK for a way to sign in, good for one token. It neither caches nor retries: see `TokenSource`. */
export function createCredential(signIn: SignIn, options: CredentialOptions): TokenCredential {
  const client = {
    authorityHost: options.cloud.authorityHost,
    // A private or custom cloud cannot reach the public instance discovery.
    disableInstanceDiscovery: options.cloud.name === 'custom',
    httpClient: options.http,
    retryOptions: { maxRetries: 0 },
    additionalPolicies: [{ position: 'perCall' as const, policy: observer(options.onAnswer) }],
  }
  switch (signIn.method) {
    case 'oidc':
      return new ClientAssertionCredential(
        signIn.tenantId,
        signIn.clientId,
        once(() => options.idToken(ASSERTION_AUDIENCE)),
        client,
      )
    case 'secret':
      return new ClientSecretCredential(signIn.tenantId, signIn.clientId, signIn.clientSecret, client)
    case 'certificate':
      return new ClientCertificateCredential(
        signIn.tenantId,
        signIn.clientId,
        {
          certificatePath: signIn.path,
          ...(signIn.password === undefined ? {} : { certificatePassword: signIn.password }),
        },
        client,
      )
    case 'workload-identity':
      return new ClientAssertionCredential(
        signIn.tenantId,
        signIn.clientId,
        () => options.tokenFile(signIn.tokenFile),
        client,
      )
    case 'managed-identity':
      return signIn.clientId === undefined
        ? new ManagedIdentityCredential()
        : new ManagedIdentityCredential({ clientId: signIn.clientId })
    case 'cli':
      return cliCredential(options.askCli, options.cloud.armScope)
  }
}

/** MSAL asks twice for the assertion of one token. */
function once(fetch: () => Promise<string>): () => Promise<string> {
  let fetched: Promise<string> | undefined
  return () => (fetched ??= fetch())
}

function observer(onAnswer: (answer: EntraAnswer) => void): PipelinePolicy {
  return {
    name: 'observeEntra',
    async sendRequest(request, next) {
      try {
        const response = await next(request)
        const { status, headers, bodyAsText } = response
        onAnswer({ status, header: name => headers.get(name), body: bodyAsText ?? '' })
        return response
      } catch (error) {
        const code = (error as { code?: unknown } | undefined)?.code
        onAnswer({ status: undefined, header: () => undefined, errorCode: typeof code === 'string' ? code : 'unknown' })
        throw error
      }
    },
  }
}
