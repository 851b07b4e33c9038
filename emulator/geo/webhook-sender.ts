import { request as plainRequest } from 'node:http'
import { type Schedule } from '../schedule.ts'
import { type Webhook, type WebhookEvent } from './webhook-record.ts'

const patience = 5
const kept = 4096

/**
 * Sends an event once and records it with what came back: an answer of any kind, or 504 after five seconds, as ACR does. Only plain-http targets on
 * this machine are really called; others count as out of reach, so that a rehearsal never leaves the machine.
 */
export async function sendEvent(webhook: Webhook, content: Record<string, unknown>, schedule: Schedule): Promise<void> {
  const body = JSON.stringify(content)
  const headers = {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(body)),
    ...webhook.customHeaders,
  }
  const target = URL.parse(webhook.serviceUri)
  const local = target?.protocol === 'http:' && /^(127\.\d+\.\d+\.\d+|localhost|.+\.localhost)$/.test(target.hostname)
  const answer = target && local ? await post(target, headers, body, schedule) : outOfReach()
  const event: WebhookEvent = {
    id: String(content['id']),
    eventRequestMessage: { content, headers, method: 'POST', requestUri: webhook.serviceUri, version: '1.1' },
    eventResponseMessage: answer,
  }
  webhook.events.unshift(event)
}

function post(
  target: URL,
  headers: Record<string, string>,
  body: string,
  schedule: Schedule,
): Promise<Record<string, unknown>> {
  return new Promise(resolve => {
    const request = plainRequest({
      hostname: '127.0.0.1',
      port: target.port,
      path: target.pathname + target.search,
      method: 'POST',
      headers: { ...headers, host: target.host },
    })
    schedule.after(patience, () => {
      request.destroy()
      resolve(outOfReach())
    })
    request.on('error', () => resolve(outOfReach()))
    request.on('response', response => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () =>
        resolve({
          content: Buffer.concat(chunks).toString('utf8').slice(0, kept),
          headers: response.headers,
          reasonPhrase: response.statusMessage ?? '',
          statusCode: String(response.statusCode),
          version: '1.1',
        }),
      )
    })
    request.end(body)
  })
}

function outOfReach(): Record<string, unknown> {
  return { content: '', headers: {}, reasonPhrase: 'Gateway Timeout', statusCode: '504', version: '1.1' }
}
