import { type HttpClient, createDefaultHttpClient } from '@azure/core-rest-pipeline'
import { readNoProxy } from './no-proxy.ts'

/** A request gets this long before it counts as lost, in milliseconds. */
const REQUEST_TIMEOUT_MS = 30_000

/** No answer of Azure is near this size (a manifest has at most 4 MiB): in bytes. One without end must not fill the memory. */
const LARGEST_ANSWER = 32 * 1024 * 1024

export interface HttpClientOptions {
  /** Sends requests. */
  readonly inner?: HttpClient
  readonly timeoutMs?: number
  /** `NO_PROXY` of the job. */
  readonly noProxy?: string | undefined
}

/**
 * The HTTP client of everything the step sends itself: to ARM, Entra and registries. The pipeline's own timeout leaves its timer behind
 * when a request fails or is aborted, which keeps the process alive after its last word; a signal's timer does not.
 */
export function createHttpClient({
  inner = createDefaultHttpClient(),
  timeoutMs = REQUEST_TIMEOUT_MS,
  noProxy,
}: HttpClientOptions = {}): HttpClient {
  const goesDirect = readNoProxy(noProxy)
  return {
    async sendRequest(request) {
      // The pipeline has put its proxy here.
      if (goesDirect(request.url)) delete request.agent
      const timeout = AbortSignal.timeout(timeoutMs)
      const tooLarge = new AbortController()
      request.onDownloadProgress = ({ loadedBytes }) => {
        if (loadedBytes > LARGEST_ANSWER) tooLarge.abort()
      }
      const caller = request.abortSignal
      const own = AbortSignal.any([timeout, tooLarge.signal])
      request.abortSignal = caller === undefined ? own : anySignal(caller, own)
      request.timeout = 0
      try {
        return await inner.sendRequest(request)
      } catch (error) {
        if (caller?.aborted === true) throw error
        if (tooLarge.signal.aborted) {
          throw new Error(`the answer is larger than ${LARGEST_ANSWER / 1024 / 1024} MiB`, { cause: error })
        }
        if (!timeout.aborted) throw error
        const seconds = Math.round(timeoutMs / 1000)
        throw Object.assign(new Error(`no answer within ${seconds} seconds`, { cause: error }), { code: 'ETIMEDOUT' })
      }
    },
  }
}

/** The SDK knows signals by their shape only. */
function anySignal(
  caller: { readonly aborted: boolean; addEventListener(type: 'abort', listener: () => void): void },
  own: AbortSignal,
): AbortSignal {
  if (caller instanceof AbortSignal) return AbortSignal.any([caller, own])
  const controller = new AbortController()
  if (caller.aborted) controller.abort()
  caller.addEventListener('abort', () => controller.abort())
  return AbortSignal.any([controller.signal, own])
}
