import { type ServerResponse } from 'node:http'
import { type Socket } from 'node:net'
import { Readable } from 'node:stream'
import { type Answer } from './answer.ts'
import { type FaultAction } from './fault.ts'

/** Carries out a fault. Undefined = there is nothing more to send. */
export async function misbehave(
  action: FaultAction,
  handle: () => Promise<Answer>,
  response: ServerResponse,
  wait: (seconds: number) => Promise<void>,
): Promise<Answer | undefined> {
  const real = action.after ? await handle() : undefined
  if (action.stall !== undefined) await wait(action.stall)
  if (action.hang) return undefined
  if (action.reset) return cutOff(() => reset(response.socket))
  if (action.close) return cutOff(() => response.socket?.destroy())
  if (action.endless) return { ...(real ?? (await handle())), body: Readable.from(withoutEnd()) }
  if (action.status !== undefined)
    return { status: action.status, headers: replaceHeaders({}, action), ...bodyOf(action.body) }
  const answer = real ?? (await handle())
  if (action.truncate) return cutOff(() => sendHalf(answer, response))
  return {
    ...answer,
    headers: replaceHeaders(answer.headers, action),
    ...(action.body === undefined ? {} : bodyOf(action.body)),
  }
}

function cutOff(act: () => void): undefined {
  act()
  return undefined
}

/** Ends with RST where the socket can (a TLS socket: its carrier). */
function reset(socket: Socket | null): void {
  const carrier = (socket as { _parent?: Socket } | null)?._parent ?? socket
  carrier?.resetAndDestroy()
  socket?.destroy()
}

function sendHalf(answer: Answer, response: ServerResponse): void {
  const body = answer.body instanceof Readable ? Buffer.alloc(0) : Buffer.from(answer.body ?? '')
  response.writeHead(answer.status, { ...answer.headers, 'content-length': Math.max(body.length, 2) })
  response.write(body.subarray(0, body.length / 2), () => reset(response.socket))
}

/** What JSON may begin with. */
function* withoutEnd(): Generator<Buffer> {
  const blanks = Buffer.alloc(1024 * 1024, ' ')
  for (;;) yield blanks
}

function replaceHeaders(headers: Record<string, string>, action: FaultAction): Record<string, string> {
  const result = { ...headers }
  for (const [name, value] of Object.entries(action.headers ?? {})) {
    if (value === null) delete result[name.toLowerCase()]
    else result[name.toLowerCase()] = value
  }
  if (action.body !== undefined) {
    delete result['content-length']
    result['content-type'] ??= typeof action.body === 'string' ? 'text/plain' : 'application/json; charset=utf-8'
  }
  return result
}

function bodyOf(body: unknown): { body?: string } {
  if (body === undefined) return {}
  return { body: typeof body === 'string' ? body : JSON.stringify(body) }
}
