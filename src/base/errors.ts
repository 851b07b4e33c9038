/**
 * What an error means for the step:
 * `transient` and `throttled` are worth another try, everything else is not.
 */
export type ErrorKind =
  | 'transient'
  | 'throttled'
  | 'auth'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'invalid'
  | 'timeout'
  | 'cancelled'
  | 'bug'

export interface StepErrorOptions {
  /** What the user can do about it, as a sentence. */
  readonly remedy?: string
  /** How long the service asked to wait before the next try, in milliseconds. */
  readonly retryAfterMs?: number
  /** HTTP status, where the error came as an answer. */
  readonly status?: number
  /** The service's own error code (`AuthorizationFailed`, `MANIFEST_UNKNOWN`), where it gave one. */
  readonly code?: string
  readonly cause?: unknown
}

/** An error a user can meet: what happened and where (the message), what to do (the remedy), and why (the cause). */
export class StepError extends Error {
  readonly kind: ErrorKind
  readonly remedy: string | undefined
  readonly retryAfterMs: number | undefined
  readonly status: number | undefined
  readonly code: string | undefined

  constructor(kind: ErrorKind, message: string, options: StepErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'StepError'
    this.kind = kind
    this.remedy = options.remedy
    this.retryAfterMs = options.retryAfterMs
    this.status = options.status
    this.code = options.code
  }
}

/** What a service says is quoted up to this length: what to do about it comes after it. In characters. */
const LONGEST_QUOTE = 1000

/** The text of a service, short enough for a message. */
export function quoted(text: string): string {
  return text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message || error.name
  if (typeof error !== 'object' || error === null) return String(error)
  try {
    return JSON.stringify(error)
  } catch {
    return 'an object that cannot be shown'
  }
}

/** Message and remedy of an error, as one text. Causes are not in it: they go to the log, see `causesOf`. */
export function explain(error: unknown): string {
  const message = sentence(messageOf(error))
  return error instanceof StepError && error.remedy !== undefined ? `${message} ${sentence(error.remedy)}` : message
}

/** The messages of the chain of causes, outermost first, each said once. */
export function causesOf(error: unknown): string[] {
  const causes: string[] = []
  let known = messageOf(error)
  let cause = error instanceof Error ? error.cause : undefined
  for (let depth = 0; cause !== undefined && depth < 10; depth += 1) {
    const message = messageOf(cause)
    if (!known.includes(message)) causes.push(message)
    known += `\n${message}`
    cause = cause instanceof Error ? cause.cause : undefined
  }
  return causes
}

/** The same error as one that another try may cure, for where the caller knows better than its kind. */
export function asTransient(error: StepError): StepError {
  const { message, remedy, retryAfterMs, status, code } = error
  return new StepError('transient', message, {
    ...(remedy === undefined ? {} : { remedy }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(status === undefined ? {} : { status }),
    ...(code === undefined ? {} : { code }),
    cause: error,
  })
}

/** Whether another try may help. */
export function isRetryable(error: unknown): error is StepError {
  return error instanceof StepError && (error.kind === 'transient' || error.kind === 'throttled')
}

/** Whether an error is of one of these kinds. */
export function isKind(error: unknown, ...kinds: readonly ErrorKind[]): error is StepError {
  return error instanceof StepError && kinds.includes(error.kind)
}

function sentence(text: string): string {
  const trimmed = text.trim()
  return /[.!?:]$/.test(trimmed) ? trimmed : `${trimmed}.`
}
