import { ContainerRegistryManagementClient } from '@azure/arm-containerregistry'
import { type HttpClient, type PipelinePolicy, createPipelineRequest } from '@azure/core-rest-pipeline'
import { type Clock } from '../base/clock.ts'

import { StepError, asTransient, isKind } from '../base/errors.ts'
import { type RetryNotice, retry } from '../base/retry.ts'
import { armFailure } from './arm-failure.ts'
import { type Cloud } from './cloud.ts'
import { type TokenSource } from './tokens.ts'

export interface ArmOptions {
  readonly cloud: Cloud
  readonly subscriptionId: string
  readonly tokens: TokenSource
  readonly http: HttpClient
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly onRetry: (notice: RetryNotice) => void
}

/** Options every SDK operation is called with. */
export interface CallOptions {
  readonly abortSignal: AbortSignal
}

/** Azure Resource Manager for one subscription. */
export interface Arm {
  readonly subscriptionId: string
  readonly sdk: ContainerRegistryManagementClient
  /** One SDK operation: retried when that may help, failures put into words. `what` reads like "Read registry contoso". */
  call<T>(what: string, operation: (options: CallOptions) => Promise<T>, attempts?: number): Promise<T>
  /** A change that waits while another operation on the registry is under way, which ARM answers with a 409. */
  whileBusy<T>(what: string, change: () => Promise<T>): Promise<T>
  /** A request the SDK has no operation (or only a poorer one) for, through the SDK's own pipeline. Resolves with the body. */
  request(
    what: string,
    method: 'GET' | 'PATCH' | 'POST',
    url: string,
    body?: unknown,
    attempts?: number,
  ): Promise<unknown>
  /** An absolute URL of ARM. */
  url(path: string, apiVersion: string): string
}

export function createArm(options: ArmOptions): Arm {
  const { cloud, subscriptionId, tokens, http, clock, signal, onRetry } = options
  const open = () =>
    new ContainerRegistryManagementClient(tokens, subscriptionId, {
      endpoint: cloud.resourceManager,
      credentials: { scopes: [cloud.armScope] },
      httpClient: http,
      // The SDK gives up on a 429 without Retry-After and sleeps without limit on one with it, so retries are ours.
      retryOptions: { maxRetries: 0 },
      userAgentOptions: { userAgentPrefix: 'acr-geo-push' },
      // On every request, also those that a redirect or an operation leads to.
      additionalPolicies: [{ policy: onlyTo(cloud.resourceManager), position: 'perRetry' }],
    })
  let sdk = open()

  const ask = async <T>(what: string, operation: (options: CallOptions) => Promise<T>): Promise<T> => {
    try {
      return await operation({ abortSignal: signal })
    } catch (error) {
      // A timeout may tell what a token was waited for with.
      if (!isKind(error, 'timeout')) signal.throwIfAborted()
      throw armFailure(error, what, clock.now())
    }
  }

  const call: Arm['call'] = (what, operation, attempts) =>
    retry(
      what,
      async () => {
        try {
          return await ask(what, operation)
        } catch (error) {
          if (!isKind(error, 'auth') || error.status !== 401 || !tokens.forget(cloud.armScope)) throw error
          // Revoked, or a clock is wrong: once more with a new token. A client holds on to the one it has.
          onRetry({ what, attempt: 1, attempts: 2, waitMs: 0, reason: error.message })
          sdk = open()
          return ask(what, operation)
        }
      },
      { clock, signal, onRetry, ...(attempts === undefined ? {} : { attempts }) },
    )

  const whileBusy: Arm['whileBusy'] = (what, change) =>
    retry(
      what,
      async () => {
        try {
          return await change()
        } catch (error) {
          if (!isKind(error, 'conflict') || error.code === 'MissingSubscriptionRegistration') throw error
          throw asTransient(error)
        }
      },
      { clock, signal, onRetry, attempts: 8, baseMs: 2000 },
    )

  return {
    subscriptionId,
    get sdk() {
      return sdk
    },
    call,
    whileBusy,
    url: (path, apiVersion) =>
      `${cloud.resourceManager}${path}${path.includes('?') ? '&' : '?'}api-version=${apiVersion}`,
    request: (what, method, url, body, attempts) =>
      call(
        what,
        async ({ abortSignal }) => {
          const request = createPipelineRequest({
            url,
            method,
            abortSignal,
            ...(body === undefined ? {} : { body: JSON.stringify(body) }),
          })
          if (body !== undefined) request.headers.set('content-type', 'application/json')
          const response = await sdk.pipeline.sendRequest(http, request)
          const parsed = parseBody(response.bodyAsText)
          if (response.status < 300) return parsed
          throw statusError(response.status, parsed, name => response.headers.get(name), what, clock.now())
        },
        attempts,
      ),
  }
}

/** Pages and operations name their own URLs: the token goes to no other place than ARM. */
function onlyTo(resourceManager: string): PipelinePolicy {
  return {
    name: 'onlyToResourceManager',
    async sendRequest(request, next) {
      if (URL.canParse(request.url) && new URL(request.url).origin === new URL(resourceManager).origin) {
        return next(request)
      }
      throw new StepError('invalid', 'Azure Resource Manager named a link to another host', {
        remedy: "Check 'resource-manager-endpoint'.",
      })
    },
  }
}

function parseBody(text: string | null | undefined): unknown {
  if (text === undefined || text === null || text === '') return undefined
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}

function statusError(
  status: number,
  body: unknown,
  header: (name: string) => string | undefined,
  what: string,
  now: number,
): StepError {
  const { code, message } = (body as { error?: { code?: unknown; message?: unknown } } | undefined)?.error ?? {}
  const shaped = Object.assign(new Error(typeof message === 'string' ? message : `HTTP ${status}`), {
    statusCode: status,
    ...(typeof code === 'string' ? { code } : {}),
    response: { headers: { get: header } },
  })
  return armFailure(shaped, what, now)
}
