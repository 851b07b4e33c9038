import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { text } from 'node:stream/consumers'
import { type Ready } from '../../emulator/index.ts'

/** The user name that goes with a refresh token instead of a password. */
export const TOKEN_USER = '00000000-0000-0000-0000-000000000000'

/** Signs in to a host of the registry as `az acr login --expose-token` does: Entra's token against the registry's. */
export async function acrRefreshToken(ready: Ready, host: string): Promise<string> {
  const challenge = (await send(ready, `https://${host}/v2/`)).resume().headers['www-authenticate'] ?? ''
  const service = /service="([^"]+)"/.exec(challenge)?.[1] ?? `no service in ${challenge}`
  const { access_token } = await postForm(ready, `${ready.authorityHost}/${ready.tenantId}/oauth2/v2.0/token`, {
    grant_type: 'client_credentials',
    client_id: ready.clientId,
    client_secret: ready.clientSecret,
    scope: 'https://containerregistry.azure.net/.default',
  })
  const { refresh_token } = await postForm(ready, `https://${host}/oauth2/exchange`, {
    grant_type: 'access_token',
    service,
    tenant: ready.tenantId,
    access_token: access_token ?? '',
  })
  if (refresh_token === undefined) throw new Error(`${host} gave no refresh token`)
  return refresh_token
}

async function postForm(ready: Ready, url: string, form: Record<string, string>): Promise<Record<string, string>> {
  const answer = await send(ready, url, new URLSearchParams(form).toString())
  const body = await text(answer)
  if (answer.statusCode !== 200) throw new Error(`${url} answered ${answer.statusCode}: ${body}`)
  return JSON.parse(body) as Record<string, string>
}

/** One request with our authority trusted: a POST where there is a body. */
async function send(ready: Ready, url: string, body?: string): Promise<IncomingMessage> {
  const sent = request(url, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    ca: readFileSync(ready.caFile),
    agent: false,
  })
  sent.end(body)
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  return answer
}
