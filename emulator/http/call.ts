import { type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { type Service } from './fault.ts'

/** One request, as a handler sees it. */
export interface Call {
  readonly service: Service
  readonly method: string
  /** Absolute, with the host the client wrote. */
  readonly url: URL
  /** Host header as written, with its port. */
  readonly host: string
  /** Region of the replica that answers, on a registry host. */
  readonly region?: string | undefined
  readonly headers: IncomingHttpHeaders
  readonly body: IncomingMessage
  readonly clientAddress: string
}

/** The whole body, at most `limit` bytes; undefined when it is larger. */
export async function readBody(call: Call, limit = 8 * 1024 * 1024): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of call.body as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size <= limit) chunks.push(chunk)
  }
  return size <= limit ? Buffer.concat(chunks) : undefined
}

/** The body as a form; empty where it is too large. */
export async function readForm(call: Call): Promise<URLSearchParams> {
  return new URLSearchParams((await readBody(call))?.toString('utf8') ?? '')
}

/** The body as a JSON object; undefined where it is none. */
export async function readJson(call: Call): Promise<unknown> {
  try {
    const value = JSON.parse((await readBody(call))?.toString('utf8') ?? '') as unknown
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}

/** The credentials of `Authorization: <scheme> …`, where that is the scheme. */
export function authorization(call: Call, scheme: 'Basic' | 'Bearer'): string | undefined {
  const [given, value] = (call.headers.authorization ?? '').split(/ +/, 2)
  return given?.toLowerCase() === scheme.toLowerCase() ? value : undefined
}

/** A part of a path decoded; as it is where it can't be. */
export function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
