import { randomUUID } from 'node:crypto'
import { type TokenSigner } from '../entra/token-signer.ts'
import { type Answer, empty } from '../http/answer.ts'
import { type Call } from '../http/call.ts'
import { apiVersion } from './api-version.ts'
import { type ArmCall, type ArmContext } from './arm-context.ts'
import { armError, Refused } from './arm-error.ts'
import { authenticate } from './authenticate.ts'
import { routeArm } from './route.ts'

/** Azure Resource Manager: signs the caller in, routes, and dresses every answer with ARM's headers. */
export function arm(
  context: ArmContext,
  signer: TokenSigner,
  entraAddress: () => string,
): (call: Call) => Promise<Answer> {
  return async call => {
    const answer = await answerOf(context, signer, entraAddress(), call)
    return { ...answer, headers: { ...commonHeaders(call), ...answer.headers } }
  }
}

async function answerOf(context: ArmContext, signer: TokenSigner, entraAddress: string, call: Call): Promise<Answer> {
  try {
    if (call.url.pathname === '/metadata/endpoints') return empty(404)
    await authenticate(call, context.scenario, signer, entraAddress)
    const armCall: ArmCall = { ...call, version: apiVersion(call.url) }
    const answer = await routeArm(context, armCall)
    if (answer) return answer
    throw armError(404, 'InvalidResourceType', `The path '${call.url.pathname}' is not served.`)
  } catch (error) {
    if (error instanceof Refused) return error.answer
    throw error
  }
}

/** What ARM sends with everything; the rate limits are those of 2026 (reads and writes only, global). */
function commonHeaders({ method, headers }: Call): Record<string, string> {
  const id = randomUUID()
  const client = headers['x-ms-client-request-id']
  return {
    'cache-control': 'no-cache',
    'x-ms-request-id': id,
    'x-ms-correlation-request-id': randomUUID(),
    'x-ms-routing-request-id': `LOCAL:${new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '')}:${id}`,
    'strict-transport-security': 'max-age=31536000; includeSubDomains',
    'x-content-type-options': 'nosniff',
    ...(typeof client === 'string' ? { 'x-ms-client-request-id': client } : {}),
    ...(method === 'GET'
      ? { 'x-ms-ratelimit-remaining-subscription-global-reads': '16499' }
      : {
          'x-ms-ratelimit-remaining-subscription-writes': '800',
          'x-ms-ratelimit-remaining-subscription-global-writes': '12000',
        }),
  }
}
