import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { request, type RequestOptions } from 'node:https'
import { text } from 'node:stream/consumers'
import { type Ready } from '../../../emulator/index.ts'

export interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** One request to a local Azure, its authority trusted. */
export async function sendTo(ready: Ready, url: string, options: RequestOptions = {}, body?: string): Promise<Reply> {
  const sent = request(url, { ca: readFileSync(ready.caFile), agent: false, ...options })
  sent.end(body)
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  return { status: answer.statusCode ?? 0, headers: answer.headers, body: await text(answer) }
}

/** A form that must be taken; the fields of the JSON answer. */
export async function postForm(
  ready: Ready,
  url: string,
  form: Record<string, string>,
): Promise<Record<string, string>> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const reply = await sendTo(ready, url, { method: 'POST', headers }, new URLSearchParams(form).toString())
  if (reply.status !== 200) throw new Error(`${url} answered ${reply.status}: ${reply.body}`)
  return JSON.parse(reply.body) as Record<string, string>
}
