import { StepError } from '../base/errors.ts'
import { type RunOrigin, WITHHELD } from './run-origin.ts'

/** The words of the input `auth`. */
export type AuthMethod = 'auto' | 'oidc' | 'cli' | 'environment' | 'managed-identity' | 'workload-identity'

/** What the job offers to sign in with. */
export interface IdentityFacts {
  readonly clientId: string | undefined
  readonly tenantId: string | undefined
  readonly clientSecret: string | undefined
  readonly certificatePath: string | undefined
  readonly certificatePassword: string | undefined
  readonly federatedTokenFile: string | undefined
  /** The job may ask GitHub for an OIDC token (`permissions: id-token: write`). */
  readonly idTokenGranted: boolean
  /** What the job asks GitHub for it with. */
  readonly idTokenRequest?: string | undefined
  /** Set where GitHub gives the run less than others. */
  readonly origin?: RunOrigin | undefined
}

interface App {
  readonly clientId: string
  readonly tenantId: string
}

/** The way in that was chosen, with all it needs. */
export type SignIn =
  | ({ readonly method: 'oidc' } & App)
  | ({ readonly method: 'secret'; readonly clientSecret: string } & App)
  | ({ readonly method: 'certificate'; readonly path: string; readonly password: string | undefined } & App)
  | ({ readonly method: 'workload-identity'; readonly tokenFile: string } & App)
  | { readonly method: 'managed-identity'; readonly clientId: string | undefined }
  | { readonly method: 'cli'; readonly tenantId: string | undefined }

/** A way in, or what it lacks. */
type Attempt = SignIn | { readonly lacks: readonly string[] }

/**
 * Chooses how to sign in. `auto` takes the first way the job has all parts of; the Azure CLI is last, because whether it is signed in
 * shows only when it is asked. Managed identity is never guessed: off Azure it would hang.
 *
 * @returns the choice and, in words, why
 * @throws StepError `auth` that names what each way lacked
 */
export function chooseSignIn(auth: AuthMethod, facts: IdentityFacts): { signIn: SignIn; why: string } {
  switch (auth) {
    case 'oidc':
      return asked('oidc', oidc(facts), facts)
    case 'environment':
      return asked('environment', environment(facts), facts)
    case 'workload-identity':
      return asked('workload-identity', workloadIdentity(facts), facts)
    case 'managed-identity':
      return asked('managed-identity', { method: 'managed-identity', clientId: facts.clientId }, facts)
    case 'cli':
      return asked('cli', { method: 'cli', tenantId: undefined }, facts)
    case 'auto':
      return guessed(facts)
  }
}

function asked(auth: AuthMethod, attempt: Attempt, { origin }: IdentityFacts): { signIn: SignIn; why: string } {
  if ('method' in attempt) return { signIn: attempt, why: `auth: ${auth}` }
  throw new StepError('auth', `Cannot sign in with auth: ${auth}: missing ${attempt.lacks.join(', ')}`, {
    remedy: origin === undefined ? REMEDIES[auth] : WITHHELD[origin],
  })
}

function guessed(facts: IdentityFacts): { signIn: SignIn; why: string } {
  const ways: readonly (readonly [string, Attempt])[] = [
    ['client-id, tenant-id and id-token: write are given', oidc(facts)],
    ['AZURE_CLIENT_ID, AZURE_TENANT_ID and a secret or certificate are set', environment(facts)],
    ['AZURE_FEDERATED_TOKEN_FILE is set', workloadIdentity(facts)],
  ]
  for (const [why, attempt] of ways) if ('method' in attempt) return { signIn: attempt, why }
  return { signIn: { method: 'cli', tenantId: undefined }, why: `no other way: ${missingIn(facts)}` }
}

/** What each way other than the Azure CLI lacked, for the log and for the error when the CLI is not signed in. */
export function missingIn(facts: IdentityFacts): string {
  const ways: readonly (readonly [string, Attempt])[] = [
    ['oidc', oidc(facts)],
    ['environment', environment(facts)],
    ['workload-identity', workloadIdentity(facts)],
  ]
  return ways
    .flatMap(([name, attempt]) => ('lacks' in attempt ? [`${name} lacks ${attempt.lacks.join(' and ')}`] : []))
    .join('; ')
}

function oidc(facts: IdentityFacts): Attempt {
  const found = app(facts)
  const lacks = [...found.lacks, ...(facts.idTokenGranted ? [] : ['permissions: id-token: write'])]
  return found.app !== undefined && lacks.length === 0 ? { method: 'oidc', ...found.app } : { lacks }
}

function environment(facts: IdentityFacts): Attempt {
  const found = app(facts)
  if (found.app !== undefined && facts.clientSecret !== undefined) {
    return { method: 'secret', ...found.app, clientSecret: facts.clientSecret }
  }
  if (found.app !== undefined && facts.certificatePath !== undefined) {
    return { method: 'certificate', ...found.app, path: facts.certificatePath, password: facts.certificatePassword }
  }
  const secret = facts.clientSecret ?? facts.certificatePath
  return {
    lacks: [...found.lacks, ...(secret === undefined ? ['AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE_PATH'] : [])],
  }
}

function workloadIdentity(facts: IdentityFacts): Attempt {
  const found = app(facts)
  if (found.app !== undefined && facts.federatedTokenFile !== undefined) {
    return { method: 'workload-identity', ...found.app, tokenFile: facts.federatedTokenFile }
  }
  return { lacks: [...found.lacks, ...(facts.federatedTokenFile === undefined ? ['AZURE_FEDERATED_TOKEN_FILE'] : [])] }
}

function app({ clientId, tenantId }: IdentityFacts): { app: App | undefined; lacks: string[] } {
  if (clientId !== undefined && tenantId !== undefined) return { app: { clientId, tenantId }, lacks: [] }
  return {
    app: undefined,
    lacks: [...(clientId === undefined ? ['client-id'] : []), ...(tenantId === undefined ? ['tenant-id'] : [])],
  }
}

const REMEDIES: Record<AuthMethod, string> = {
  auto: '',
  oidc: "Give client-id and tenant-id, and the job 'permissions: id-token: write'.",
  environment:
    'Set AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE_PATH for the step.',
  'workload-identity':
    'Set AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_FEDERATED_TOKEN_FILE, as the webhook of AKS does.',
  'managed-identity': '',
  cli: '',
}
