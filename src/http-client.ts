import {
  type HttpClient,
  type PipelineRequest,
  type PipelineResponse,
  createDefaultHttpClient,
} from '@azure/core-rest-pipeline'
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
      const caller = request.abortSignal
      request.abortSignal = caller === undefined ? timeout : anySignal(caller, timeout)
      request.timeout = 0
      try {
        return await sendAndRead(inner, request)
      } catch (error) {
        if (caller?.aborted === true || !timeout.aborted) throw error
        const seconds = Math.round(timeoutMs / 1000)
        throw Object.assign(new Error(`no answer within ${seconds} seconds`, { cause: error }), { code: 'ETIMEDOUT' })
      }
    },
  }
}

/**
 * Sends a request and reads the answer, up to its largest size. The inner client would read it too, but what it can watch the size with, and
 * what it unpacks a compressed answer with, never tell of an answer that is cut off: it would be waited for beyond the deadline.
 */
async function sendAndRead(inner: HttpClient, request: PipelineRequest): Promise<PipelineResponse> {
  request.headers.delete('accept-encoding')
  const asked = request.streamResponseStatusCodes
  request.streamResponseStatusCodes = new Set([Number.POSITIVE_INFINITY])
  try {
    const { readableStreamBody, ...response } = await inner.sendRequest(request)
    if (readableStreamBody === undefined) return response
    return { ...response, bodyAsText: await readText(readableStreamBody as AsyncIterable<Buffer>) }
  } finally {
    // The SDK takes an answer apart only where it was not asked for as a stream.
    if (asked === undefined) delete request.streamResponseStatusCodes
    else request.streamResponseStatusCodes = asked
  }
}

/** Leaving the loop ends the stream, and with it the connection. */
async function readText(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stream) {
    size += chunk.length
    if (size > LARGEST_ANSWER) throw new Error(`the answer is larger than ${LARGEST_ANSWER / 1024 / 1024} MiB`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
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
