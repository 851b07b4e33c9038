import { StepError } from '../base/errors.ts'
import { REFUSED } from '../base/patience.ts'
import { type Place, resolveDigest } from './manifest.ts'
import { type RegistrySession } from './session.ts'

/**
 * Finds out whether the identity may push to a repository, before anything is pushed or paid for. Reads only: what a push needs first is
 * the right to pull, and the token for a push tells what it is good for.
 *
 * @throws StepError `auth` where a role is missing, or why the registry could not be asked
 */
export async function checkPushRight(session: RegistrySession, place: Place, tag: string): Promise<void> {
  await resolveDigest(session, place, tag, 1)
  const actions = grantedActions(await session.accessToken(place.host, pushScope(place)), place.repository)
  if (actions === undefined || actions.includes('push') || actions.includes('*')) return
  // The next one may be good for more.
  session.forget()
  throw new StepError(
    'auth',
    `Sign-in to ${place.host} for ${pushScope(place)} was granted ${actions.join(', ') || 'nothing'} alone`,
    { code: REFUSED, remedy: session.missingRole },
  )
}

function pushScope({ repository }: Pick<Place, 'repository'>): string {
  return `repository:${repository}:pull,push`
}

/**
 * What a token lets its bearer do with a repository: the claim `access` of the distribution specification ("Token authentication
 * implementation"), which ACR narrows to what the identity may do (Azure/acr, AAD-OAuth.md).
 *
 * @returns undefined where the token does not tell
 */
export function grantedActions(token: string, repository: string): readonly string[] | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'))
    const access: unknown = (claims as { access?: unknown } | null)?.access
    if (!Array.isArray(access)) return undefined
    for (const entry of access as unknown[]) {
      const grant = lowerCased(entry)
      if (grant['name'] !== repository || !Array.isArray(grant['actions'])) continue
      return grant['actions'].filter(action => typeof action === 'string')
    }
  } catch {
    // Not a JWT.
  }
  return undefined
}

/** ACR writes `Name` where the specification has `name`. */
function lowerCased(entry: unknown): Record<string, unknown> {
  if (typeof entry !== 'object' || entry === null) return {}
  return Object.fromEntries(Object.entries(entry).map(([name, value]) => [name.toLowerCase(), value as unknown]))
}
