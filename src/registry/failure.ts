import { REFUSED } from '../base/patience.ts'
import { type ErrorKind, StepError, messageOf, quoted } from '../base/errors.ts'
import { isTransientCode, kindOfStatus, retryAfterMs } from '../base/http-failure.ts'
import { type Answer } from './http.ts'

/** The error codes and messages in a registry's answer (distribution specification, "Error Codes"). */
export function registryErrors(body: string): { code: string; message: string }[] {
  try {
    const { errors } = JSON.parse(body) as { errors?: unknown }
    if (!Array.isArray(errors)) return []
    return errors.flatMap((entry: unknown) => {
      if (typeof entry !== 'object' || entry === null) return []
      const { code, message } = entry as { code?: unknown; message?: unknown }
      return [{ code: typeof code === 'string' ? code : '', message: typeof message === 'string' ? message : '' }]
    })
  } catch {
    return []
  }
}

/**
 * Makes an error of the step out of an answer that is not the wanted one.
 *
 * @param missingRole what to do where the identity may not do this
 */
export function answerFailure(answer: Answer, what: string, now: number, missingRole: string): StepError {
  const [first] = registryErrors(answer.body)
  const named =
    first === undefined ? '' : ` ${quoted(first.code)}${first.message === '' ? '' : `: ${quoted(first.message)}`}`
  const id = answer.header('x-ms-correlation-request-id')
  const wait = retryAfterMs(answer.header, now)
  const kind = kindOfStatus(answer.status)
  return new StepError(
    kind,
    `${what} failed: HTTP ${answer.status}${named}${id === undefined ? '' : ` (correlation id ${id})`}`,
    {
      ...(wait === undefined ? {} : { retryAfterMs: wait }),
      ...(kind === 'auth' ? { code: REFUSED } : first === undefined ? {} : { code: first.code }),
      status: answer.status,
      remedy: kind === 'auth' ? missingRole : remedyFor(kind),
    },
  )
}

/** Makes an error of the step out of a request that got no answer. */
export function requestFailure(error: unknown, what: string, host: string): StepError {
  if (error instanceof StepError) return error
  const text = messageOf(error)
  const code = (error as { code?: unknown } | undefined)?.code
  const name = typeof code === 'string' ? code : undefined
  if (name === 'ENOTFOUND') {
    return new StepError('not-found', `${what} failed: the name ${host} does not resolve here`, {
      code: name,
      remedy:
        'Check the name, and the DNS of the runner (private endpoints need records for every host of the registry).',
      cause: error,
    })
  }
  if (name?.includes('CERT') === true || /certificate|self-signed/i.test(text)) {
    return new StepError('invalid', `${what} failed: ${text}`, {
      remedy:
        'A registry with a certificate of a private authority needs NODE_EXTRA_CA_CERTS in the environment of the job.',
      cause: error,
    })
  }
  const transient = isTransientCode(name) || /timed? ?out|socket hang up|aborted/i.test(text)
  return new StepError(transient ? 'transient' : 'bug', `${what} failed: ${text}`, {
    ...(name === undefined ? {} : { code: name }),
    remedy: 'Check the network between the runner and the registry.',
    cause: error,
  })
}

function remedyFor(kind: ErrorKind): string {
  switch (kind) {
    case 'forbidden':
      return "The registry's firewall refuses this runner: allow its address, or run the job on a self-hosted runner inside the network."
    case 'throttled':
      return 'The registry throttles this identity: run the job again later.'
    default:
      return 'See the message of the registry, and https://status.azure.com.'
  }
}
