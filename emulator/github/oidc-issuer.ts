import { randomUUID } from 'node:crypto'
import { type Answer, json } from '../http/answer.ts'
import { authorization, type Call } from '../http/call.ts'
import { type TokenSigner } from '../entra/token-signer.ts'
import { type Scenario } from '../scenario.ts'

/** Issuer of the tokens GitHub Actions gives its jobs. */
export const githubIssuer = 'https://token.actions.githubusercontent.com'

/** The runner's token service behind ACTIONS_ID_TOKEN_REQUEST_URL: `GET …&audience=X` → `{ value: JWT }`. */
export function oidcIssuer(scenario: Scenario, signer: TokenSigner): (call: Call) => Promise<Answer> {
  return async call => {
    if (call.url.pathname === '/.well-known/jwks') return json(200, await signer.keySet())
    if (authorization(call, 'Bearer') !== scenario.github.requestToken) return json(401, { message: 'Unauthorized' })
    const audience = call.url.searchParams.get('audience') ?? `https://github.com/${owner(scenario)}`
    const value = await signer.sign(claims(scenario, audience), scenario.identity.lifetimes.github)
    return json(200, { count: value.length, value })
  }
}

function claims({ github }: Scenario, aud: string) {
  return {
    iss: githubIssuer,
    aud,
    sub: github.subject ?? `repo:${github.repository}:ref:${github.ref}`,
    jti: randomUUID(),
    ref: github.ref,
    repository: github.repository,
    repository_owner: github.repository.split('/')[0],
    repository_visibility: 'private',
    run_id: '1',
    run_number: '1',
    run_attempt: '1',
    runner_environment: 'github-hosted',
    event_name: 'push',
    workflow: 'release',
  }
}

function owner({ github }: Scenario): string {
  return github.repository.split('/')[0] ?? ''
}
