import { decodeJwt } from 'jose'
import { type Emulator } from '../../../emulator/index.ts'
import { postForm, sendTo } from './https.ts'

/** Nothing to sign in with: of what a local Azure exports, all that says who the job is, emptied. */
export const NOBODY = {
  AZURE_CLIENT_ID: '',
  AZURE_TENANT_ID: '',
  AZURE_CLIENT_SECRET: '',
  ACTIONS_ID_TOKEN_REQUEST_URL: '',
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: '',
} as const

/** Which app in which tenant, and no proof of it. */
export function appOf({ ready }: Emulator): Record<string, string> {
  return { ...NOBODY, AZURE_CLIENT_ID: ready.clientId, AZURE_TENANT_ID: ready.tenantId }
}

/** What the runner gives a job with `permissions: id-token: write`. */
export function idTokenOf({ ready }: Emulator): Record<string, string> {
  const { ACTIONS_ID_TOKEN_REQUEST_URL = '', ACTIONS_ID_TOKEN_REQUEST_TOKEN = '' } = ready.env
  return { ACTIONS_ID_TOKEN_REQUEST_URL, ACTIONS_ID_TOKEN_REQUEST_TOKEN }
}

/** A token of Entra for an audience, by the app's secret: what a session of the Azure CLI would hold. */
export async function entraToken({ ready }: Emulator, resource: string): Promise<string> {
  const { access_token = '' } = await postForm(ready, `${ready.authorityHost}/${ready.tenantId}/oauth2/v2.0/token`, {
    grant_type: 'client_credentials',
    client_id: ready.clientId,
    client_secret: ready.clientSecret,
    scope: `${resource}/.default`,
  })
  return access_token
}

/** A token of GitHub for the job, as the runner would hand it out. */
export async function githubToken({ ready }: Emulator, audience = 'api://AzureADTokenExchange'): Promise<string> {
  const url = `${ready.env['ACTIONS_ID_TOKEN_REQUEST_URL']}&audience=${encodeURIComponent(audience)}`
  const bearer = { authorization: `Bearer ${ready.env['ACTIONS_ID_TOKEN_REQUEST_TOKEN']}` }
  const { body } = await sendTo(ready, url, { headers: bearer })
  return (JSON.parse(body) as { value: string }).value
}

/** When a token ends, seconds since 1970. */
export function endOf(token: string): number {
  return decodeJwt(token).exp ?? 0
}
