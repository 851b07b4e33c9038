import { always, ENTRA_TOKEN, GITHUB_TOKEN, HANG, json, once, PORTAL, RESET, thrice, twice } from '../places.ts'
import { greenAfter, green, red, type Row } from '../row.ts'

const entraAnswer = (status: number, code: string, message: string, headers = {}) => ({
  status,
  headers,
  body: { error: code, error_description: message, error_codes: [Number(/\d+/.exec(message)?.[0] ?? 0)] },
})
const SIGN_IN = /^Sign-in to Azure for/

/** Entra ID and GitHub's tokens. Two tokens are asked for at once: for ARM and for the registry. */
export const signInRows: readonly Row[] = [
  {
    fault: 'Entra: 429 with Retry-After, once',
    run: 'gate',
    faults: [
      once(ENTRA_TOKEN, entraAnswer(429, 'temporarily_unavailable', 'Too many requests.', { 'retry-after': '1' })),
    ],
    expected: greenAfter(1, SIGN_IN),
  },
  {
    fault: 'Entra: 500, twice',
    run: 'gate',
    faults: [twice(ENTRA_TOKEN, entraAnswer(500, 'server_error', 'Something went wrong.'))],
    expected: greenAfter([1, 2], SIGN_IN),
  },
  {
    fault: 'Entra: AADSTS90033 (temporarily unavailable), once',
    run: 'gate',
    faults: [
      once(ENTRA_TOKEN, entraAnswer(400, 'temporarily_unavailable', 'AADSTS90033: A transient error has occurred.')),
    ],
    expected: greenAfter(1, SIGN_IN),
  },
  {
    fault: 'Entra: connection reset, once',
    run: 'gate',
    faults: [once(ENTRA_TOKEN, RESET)],
    expected: greenAfter(1, SIGN_IN),
  },
  {
    fault: 'Entra: every answer a second late',
    run: 'gate',
    faults: [always({ service: 'entra' }, { stall: 1 })],
    expected: green({ retried: [/./, 0] }),
  },
  {
    fault: 'Entra: never answers (deadline in the sign-in)',
    run: 'gate',
    inputs: { timeout: '4s' },
    faults: [always(ENTRA_TOKEN, HANG)],
    expected: red(/^Not done within the timeout of 4\S+: .*Sign-in to Azure for \S+ was still under way/),
  },
  {
    fault: 'Entra: a web page with status 200, always',
    run: 'gate',
    faults: [always(ENTRA_TOKEN, PORTAL)],
    expected: red(/^Cannot sign in to Azure \(oidc\)/),
  },
  {
    fault: 'Entra: the client is unknown (AADSTS700016)',
    run: 'gate',
    faults: [
      always(
        ENTRA_TOKEN,
        entraAnswer(400, 'unauthorized_client', "AADSTS700016: Application with identifier 'x' was not found."),
      ),
    ],
    expected: red(/AADSTS700016.*check client-id and tenant-id/, { retried: [/./, 0] }),
  },
  {
    fault: 'Entra: no federated credential matches (AADSTS70021)',
    run: 'gate',
    scenario: { github: { subject: 'repo:contoso/shop:environment:prod' } },
    expected: red(/AADSTS\d+.*Presented: .*environment:prod/, { retried: [/./, 0] }),
  },
  {
    fault: 'Entra: Conditional Access blocks the sign-in (AADSTS53003)',
    run: 'gate',
    arrange: azure => azure.update(scenario => void (scenario.identity.blocked = true)),
    expected: red(/AADSTS53003.*Conditional Access/, { retried: [/./, 0] }),
  },
  {
    fault: 'GitHub OIDC: 500, twice',
    run: 'gate',
    faults: [twice(GITHUB_TOKEN, { status: 500 })],
    expected: greenAfter([1, 4], SIGN_IN),
  },
  {
    fault: 'GitHub OIDC: connection reset, three times',
    run: 'gate',
    faults: [thrice(GITHUB_TOKEN, RESET)],
    expected: greenAfter([1, 6], SIGN_IN),
  },
  {
    fault: 'GitHub OIDC: 403',
    run: 'gate',
    faults: [always(GITHUB_TOKEN, { status: 403, body: { message: 'forbidden' } })],
    expected: red(/GitHub gave no OIDC token: .*403.*permissions: id-token: write/, { retried: [/./, 0] }),
  },
  {
    fault: 'GitHub OIDC: an answer without a token',
    run: 'gate',
    faults: [always(GITHUB_TOKEN, json({ count: 0 }))],
    expected: red(/GitHub gave no OIDC token: .*do not have ID Token/, { retried: [/./, 0] }),
  },
]
