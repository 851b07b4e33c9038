import {
  type HttpClient,
  type Pipeline,
  createPipelineFromOptions,
  createPipelineRequest,
} from '@azure/core-rest-pipeline'
import { requestFailure } from './failure.ts'

/** An answer of a registry, whatever its status. */
export interface Answer {
  readonly status: number
  readonly body: string
  readonly header: (name: string) => string | undefined
}

export interface RegistryRequest {
  readonly method: 'GET' | 'HEAD' | 'POST'
  readonly host: string
  /** From the root of the host, such as `/v2/`. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly form?: Readonly<Record<string, string>>
}

/** Sends one request over https: no retry, no redirect (a redirect would carry the token along). */
export type Send = (what: string, request: RegistryRequest, signal: AbortSignal) => Promise<Answer>

/** The Azure pipeline rather than `fetch`: it honours HTTPS_PROXY and NO_PROXY. */
export function createSend(http: HttpClient): Send {
  const pipeline: Pipeline = createPipelineFromOptions({
    retryOptions: { maxRetries: 0 },
    redirectOptions: { maxRetries: 0 },
    userAgentOptions: { userAgentPrefix: 'acr-geo-push' },
  })
  return async (what, { method, host, path, headers = {}, form }, signal) => {
    const request = createPipelineRequest({
      url: `https://${host}${path}`,
      method,
      abortSignal: signal,
      ...(form === undefined ? {} : { body: new URLSearchParams(form).toString() }),
    })
    if (form !== undefined) request.headers.set('content-type', 'application/x-www-form-urlencoded')
    for (const [name, value] of Object.entries(headers)) request.headers.set(name, value)
    try {
      const response = await pipeline.sendRequest(http, request)
      return { status: response.status, body: response.bodyAsText ?? '', header: name => response.headers.get(name) }
    } catch (error) {
      signal.throwIfAborted()
      throw requestFailure(error, what, host)
    }
  }
}
