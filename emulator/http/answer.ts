import { type ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/** What a handler answers. */
export interface Answer {
  status: number
  headers: Record<string, string>
  body?: string | Buffer | Readable
}

export function json(status: number, value: unknown, headers: Record<string, string> = {}): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: JSON.stringify(value),
  }
}

export function empty(status: number, headers: Record<string, string> = {}): Answer {
  return { status, headers }
}

/** Sends the answer; on HEAD only its head. Resolves when it is out or the client is gone. */
export async function send(answer: Answer, response: ServerResponse, head: boolean): Promise<void> {
  const { body } = answer
  const headers: Record<string, string | number> = { ...answer.headers }
  const whole = !(body instanceof Readable)
  const silent = answer.status === 204 || answer.status === 304 || (head && body === undefined)
  if (whole && !silent) headers['content-length'] ??= Buffer.byteLength(body ?? '')
  response.writeHead(answer.status, headers)
  if (whole) response.end(head ? undefined : body)
  else if (head) {
    body.destroy()
    response.end()
  } else await pipeline(body, response).catch(() => response.destroy())
}
