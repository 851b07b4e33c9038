import { type ErrorKind, StepError, messageOf, quoted } from '../base/errors.ts'
import { isTransientCode, kindOfStatus, retryAfterMs } from '../base/http-failure.ts'

/** What an SDK error carries; checked by shape, because two packages export a class of this name. */
interface RestErrorShape {
  readonly statusCode?: number
  readonly code?: string
  readonly response?: { readonly headers?: { get(name: string): string | undefined } }
  readonly details?: unknown
}

/** Request ids a support case needs, from the headers of an answer. */
export function requestIds(header: (name: string) => string | undefined): string {
  return ['x-ms-request-id', 'x-ms-correlation-request-id']
    .flatMap(name => {
      const value = header(name)
      return value === undefined ? [] : [`${name} ${value}`]
    })
    .join(', ')
}

/**
 * Makes an error of the step out of what a call to ARM threw.
 *
 * @param what the call in words, such as "Read registry contoso"
 */
export function armFailure(error: unknown, what: string, now: number): StepError {
  if (error instanceof StepError) return error
  const rest = (error instanceof Error ? error : {}) as RestErrorShape
  const header = (name: string) => rest.response?.headers?.get(name)
  const status = rest.statusCode
  const code = rest.code
  const text = quoted(messageOf(error))
  if (error instanceof TypeError) {
    // The SDK trips over an answer of another shape, such as the page of a proxy.
    return new StepError('transient', `${what} failed: the answer is not of the shape Azure gives (${text})`, {
      remedy: 'Something between the runner and Azure may change answers: run the job again.',
      cause: error,
    })
  }
  if (status === undefined) {
    const kind: ErrorKind = isTransientCode(code) || /timed? ?out|socket hang up/i.test(text) ? 'transient' : 'bug'
    return new StepError(isTls(text, code) ? 'invalid' : kind, `${what} failed: ${text}`, {
      ...(isTls(text, code)
        ? { remedy: TLS_REMEDY }
        : { remedy: 'Check the network of the runner and run the job again.' }),
      ...(code === undefined ? {} : { code }),
      cause: error,
    })
  }
  const ids = requestIds(header)
  const wait = retryAfterMs(header, now)
  // An answer that was cut off or is no JSON has a status too.
  const broken = status < 300 && isTransientCode(code)
  const kind = code === 'TooManyRequests' ? 'throttled' : broken ? 'transient' : kindOfStatus(status)
  return new StepError(kind, `${what} failed: ${describe(status, code, text)}${ids === '' ? '' : ` (${ids})`}`, {
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
    remedy: remedyFor(kind, code, text),
    status,
    ...(code === undefined ? {} : { code }),
    cause: error,
  })
}

const TLS_REMEDY =
  'A service with a certificate of a private authority needs NODE_EXTRA_CA_CERTS in the environment of the job.'

function isTls(text: string, code: string | undefined): boolean {
  return /self-signed|unable to verify|certificate/i.test(text) || (code?.includes('CERT') ?? false)
}

function describe(status: number, code: string | undefined, text: string): string {
  const named = code === undefined ? `HTTP ${status}` : `HTTP ${status} ${quoted(code)}`
  return text === '' || text === code ? named : `${named}: ${text}`
}

/** "does not have authorization to perform action 'A' over scope 'S'": the text of every AuthorizationFailed. */
const AUTHORIZATION = /perform action '([^']+)'(?:.*?over scope '([^']+)')?/s

function remedyFor(kind: ErrorKind, code: string | undefined, text: string): string {
  switch (kind) {
    case 'forbidden': {
      const [, action, scope] = AUTHORIZATION.exec(text) ?? []
      if (action === undefined) return 'Give the identity of this job the role it lacks; see docs/azure-setup.md.'
      const where = scope === undefined ? '' : ` on ${scope}`
      return `The identity of this job lacks ${action}${where}. ${roleFor(action)} A role assigned just now can take ten minutes.`
    }
    case 'auth':
      return 'The token was not accepted: check that the identity belongs to the tenant of the subscription.'
    case 'throttled':
      return 'Azure is throttling this subscription: run the job again later, or fewer at a time.'
    case 'transient':
      return 'Azure did not answer properly: run the job again; see https://status.azure.com.'
    case 'not-found':
      return code === 'SubscriptionNotFound'
        ? 'Check subscription-id, and that the identity may read it.'
        : 'Check registry, resource-group and subscription-id.'
    case 'conflict':
      return code === 'MissingSubscriptionRegistration'
        ? 'Register the resource provider once: az provider register --namespace Microsoft.ContainerRegistry.'
        : 'Another operation on the registry is under way: run the job again when it is done.'
    case 'invalid':
    case 'timeout':
    case 'cancelled':
    case 'bug':
      return 'See the message of Azure.'
  }
}

/** Built-in roles by the action they give (learn.microsoft.com, "Azure built-in roles"). */
function roleFor(action: string): string {
  if (/\/replications\/|\/webhooks\/|registries\/write$/i.test(action) && !/\/read$/i.test(action)) {
    return "The built-in role 'Container Registry Contributor and Data Access Configuration Administrator' on the registry has it."
  }
  if (/ContainerRegistry\//i.test(action)) {
    return "The built-in role 'Container Registry Configuration Reader and Data Access Configuration Reader' on the registry has it."
  }
  return "The built-in role 'Reader' has it."
}
