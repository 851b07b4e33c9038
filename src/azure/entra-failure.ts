import { type ErrorKind, StepError, messageOf } from '../base/errors.ts'
import { isTransientCode, kindOfStatus, retryAfterMs } from '../base/http-failure.ts'
import { type EntraAnswer } from './credential.ts'
import { type RunOrigin, WITHHELD } from './run-origin.ts'
import { type SignIn } from './sign-in.ts'

/**
 * What Entra's error codes mean and what to do about them (learn.microsoft.com, "Microsoft Entra authentication and authorization
 * error codes"; Azure/login#180, #372, #635 for the federated ones).
 */
export const CODES: Readonly<Record<string, readonly [ErrorKind, string]>> = {
  AADSTS700016: ['auth', 'No app with this client-id exists in the tenant: check client-id and tenant-id.'],
  AADSTS7000215: [
    'auth',
    'The client secret is wrong: store its value (not its id), and check that it belongs to this app.',
  ],
  AADSTS7000222: ['auth', 'The client secret has expired: create a new one, or better, sign in with auth: oidc.'],
  AADSTS700024: ['auth', 'The assertion is too old or too young for Entra: check the clock of the runner.'],
  AADSTS700027: ['auth', 'The certificate does not belong to the app: upload its public key to the app registration.'],
  AADSTS70021: ['auth', 'FEDERATED'],
  AADSTS70025: ['auth', 'FEDERATED'],
  AADSTS700213: ['auth', 'FEDERATED'],
  AADSTS700212: ['auth', 'FEDERATED'],
  AADSTS7002138: ['auth', 'FEDERATED'],
  AADSTS700211: ['auth', 'FEDERATED'],
  AADSTS90002: ['auth', "The tenant does not exist in this cloud: check tenant-id and 'environment'."],
  AADSTS900023: ['auth', 'tenant-id is neither a GUID nor a domain of the tenant.'],
  AADSTS53003: [
    'auth',
    'A Conditional Access policy blocks this sign-in: ask the tenant administrator to exempt the workload identity.',
  ],
  AADSTS500011: [
    'auth',
    'The tenant does not know this audience: the Azure Container Registry app may be missing in this cloud.',
  ],
  AADSTS90033: ['transient', 'Entra is temporarily unavailable.'],
  AADSTS50196: ['throttled', 'Entra sees a loop of requests.'],
}

const FEDERATED =
  'No federated credential of the app matches this job. Add one with exactly this issuer, subject and audience. ' +
  'Repositories created, renamed or transferred since 15 July 2026 present the immutable subject (repo:OWNER@ID/REPO@ID:…), ' +
  'older ones repo:OWNER/REPO:…; Entra compares case-sensitively.'

export interface EntraFailureContext {
  readonly signIn: SignIn
  readonly scope: string
  readonly answer: EntraAnswer | undefined
  readonly now: number
  /** Claims of the assertion presented (issuer, subject, audience), for federated ways in. */
  readonly presented: string | undefined
  /** What the other ways in lacked. */
  readonly lacking: string
  /** Set where GitHub gives the run less than others. */
  readonly origin?: RunOrigin | undefined
}

/** Makes an error of the step out of whatever the credential threw. */
export function entraFailure(error: unknown, context: EntraFailureContext): StepError {
  const text = messageOf(error)
  const { signIn, scope, answer } = context
  const what = `Cannot sign in to Azure (${signIn.method}) for ${scope}`
  const said = codeIn(text) === undefined ? describedIn(answer?.body ?? '') : text
  const code = codeIn(said)
  const known = code === undefined ? undefined : CODES[code]
  if (code !== undefined && known !== undefined) {
    const remedy = remedyFor(code, known[1], context)
    return new StepError(known[0], `${what}: ${code}: ${detail(said, code)}`, { remedy, code, cause: error })
  }
  // GitHub is asked after Entra has said where its tokens are, and before it is asked for one.
  const entraRefused = answer?.status !== undefined && answer.status !== 200
  if (signIn.method === 'oidc' && !entraRefused && /ID[ _]TOKEN/i.test(text)) {
    return idTokenFailure(what, text, context.origin, error)
  }
  if (signIn.method === 'cli') {
    return new StepError('auth', `${what}: ${firstLine(text)}`, {
      remedy:
        context.origin === undefined
          ? `Run azure/login before this step, or sign in without it. Other ways: ${context.lacking || 'all set, but auth: cli was asked for'}.`
          : WITHHELD[context.origin],
      cause: error,
    })
  }
  if (isTls(text, answer)) {
    return new StepError('invalid', `${what}: ${firstLine(text)} (${answer?.errorCode ?? 'certificate'})`, {
      remedy:
        'Check authority-host. A service with a certificate of a private authority needs NODE_EXTRA_CA_CERTS in the environment of the job.',
      cause: error,
    })
  }
  const kind = kindOf(text, answer)
  const wait = answer === undefined ? undefined : retryAfterMs(answer.header, context.now)
  return new StepError(kind, `${what}: ${firstLine(text)}`, {
    remedy:
      kind === 'transient' || kind === 'throttled'
        ? 'The sign-in service is busy: run the job again.'
        : REMEDIES[signIn.method],
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
    cause: error,
  })
}

/** GitHub gave no OIDC token. The toolkit keeps the status in the text alone, and takes a 404 for an answer without a token. */
function idTokenFailure(what: string, text: string, origin: RunOrigin | undefined, cause: unknown): StepError {
  const status = Number(/Error Code\s*:\s*(\d{3})/.exec(text)?.[1] ?? Number.NaN)
  const refused = status >= 400 && status < 500 && status !== 429
  const kind = refused || /env variable|do not have ID Token/.test(text) ? 'auth' : 'transient'
  return new StepError(kind, `${what}: GitHub gave no OIDC token: ${oneLine(text)}`, {
    // Dependabot's runs get a token where the job asks for it.
    remedy: origin === 'fork' && kind === 'auth' ? WITHHELD.fork : "Give the job 'permissions: id-token: write'.",
    cause,
  })
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim().slice(0, 400)
}

const REMEDIES: Record<SignIn['method'], string> = {
  oidc: "Check client-id, tenant-id, the federated credential and 'permissions: id-token: write'.",
  secret: 'Check AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_CLIENT_SECRET.',
  certificate: 'Check AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_CLIENT_CERTIFICATE_PATH.',
  'workload-identity': 'Check AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_FEDERATED_TOKEN_FILE.',
  'managed-identity': 'Managed identity works on machines of Azure that have one; otherwise choose another auth.',
  cli: 'Run azure/login before this step.',
}

/** `azure/login` leaves the assertion it signed in with; the step itself presents a new one every time. */
const CLIFF =
  "The OIDC token that azure/login used has expired after five minutes: give this step client-id and tenant-id with 'permissions: id-token: write', so that it signs in by itself, or run it right after azure/login."

function remedyFor(code: string, remedy: string, { signIn, presented }: EntraFailureContext): string {
  if (code === 'AADSTS700024' && signIn.method === 'cli') return CLIFF
  return remedy === 'FEDERATED' ? federated(presented) : remedy
}

function federated(presented: string | undefined): string {
  return presented === undefined ? FEDERATED : `${FEDERATED} Presented: ${presented}.`
}

function isTls(text: string, answer: EntraAnswer | undefined): boolean {
  if (/self-signed|unable to verify|UNABLE_TO_VERIFY/i.test(text)) return true
  // MSAL says no more than this of a certificate it does not know.
  if (answer === undefined) return text.includes('endpoints_resolution_error')
  return /CERT|SELF_SIGNED|UNABLE_TO|SSL/.test(answer.errorCode ?? '')
}

function kindOf(text: string, answer: EntraAnswer | undefined): ErrorKind {
  if (answer?.errorCode !== undefined) return 'transient'
  if (answer?.status !== undefined && answer.status >= 400) return kindOfStatus(answer.status)
  return kindOfText(text)
}

function kindOfText(text: string): ErrorKind {
  const code = /\b(E[A-Z]{4,}|EAI_AGAIN)\b/.exec(text)?.[1]
  return isTransientCode(code) || /network_error|timed? ?out|socket hang up/i.test(text) ? 'transient' : 'auth'
}

function codeIn(text: string): string | undefined {
  return /\bAADSTS\d+\b/.exec(text)?.[0]
}

/** What an answer of Entra says itself: MSAL keeps nothing of one that is no answer to its own request for a token. */
function describedIn(body: string): string {
  try {
    const { error_description } = JSON.parse(body) as { error_description?: unknown }
    return typeof error_description === 'string' ? error_description : ''
  } catch {
    return ''
  }
}

/** What follows the code, and of the ids after it, which MSAL repeats, those a support case needs. */
function detail(text: string, code: string): string {
  const after = text.slice(text.indexOf(code) + code.length).replace(/^[:\s]+/, '')
  const [words = ''] = after.split(/[\s-]*\b(?:Trace|Correlation) ID: /)
  const ids = ['Trace ID', 'Correlation ID'].flatMap(name => {
    const id = new RegExp(`${name}: ([0-9a-f-]{36})`).exec(after)?.[1]
    return id === undefined ? [] : [`${name.toLowerCase()} ${id}`]
  })
  return firstLine(words) + (ids.length === 0 ? '' : ` (${ids.join(', ')})`)
}

function firstLine(text: string): string {
  return (text.split(/\r?\n/).find(line => line.trim() !== '') ?? text).trim().slice(0, 400)
}
