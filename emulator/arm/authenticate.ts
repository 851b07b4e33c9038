import { audienceOf } from '../entra/audience.ts'
import { type TokenSigner } from '../entra/token-signer.ts'
import { authorization, type Call } from '../http/call.ts'
import { type Scenario } from '../scenario.ts'
import { armError, type Refused } from './arm-error.ts'

/** Only a token of our tenant, for ARM and in its time, gets in; everything else is ARM's 401 with its reason. */
export async function authenticate(
  call: Call,
  scenario: Scenario,
  signer: TokenSigner,
  entraAddress: string,
): Promise<void> {
  const refuse = (code: string, message: string): Refused => {
    const challenge = `Bearer authorization_uri="${entraAddress}/${scenario.tenantId}", error="invalid_token", error_description="${message}"`
    return armError(401, code, message, { 'www-authenticate': challenge })
  }
  const token = authorization(call, 'Bearer')
  if (token === undefined)
    throw refuse('AuthenticationFailed', "Authentication failed. The 'Authorization' header is missing.")
  const claims = await signer.verify(token)
  if (claims === undefined) throw refuse('InvalidAuthenticationToken', 'The access token is invalid.')
  if (claims === 'expired')
    throw refuse('ExpiredAuthenticationToken', 'The access token expiry UTC time is earlier than current UTC time.')
  if (audienceOf(String(claims.aud), `https://${call.host}`) !== 'arm') {
    throw refuse(
      'InvalidAuthenticationTokenAudience',
      `The access token has been obtained for wrong audience or resource '${String(claims.aud)}'. It should exactly match with one of the allowed audiences 'https://management.core.windows.net/','https://management.core.windows.net','https://management.azure.com/','https://management.azure.com'.`,
    )
  }
  if (claims['tid'] !== scenario.tenantId) {
    throw refuse(
      'InvalidAuthenticationTokenTenant',
      `The access token is from the wrong issuer '${String(claims.iss)}'. It must match the tenant '${scenario.tenantId}' associated with this subscription.`,
    )
  }
}
