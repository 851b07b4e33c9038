import { expect } from '@jest/globals'
import {
  ACCESS_TOKEN,
  always,
  CHALLENGE,
  CLOSE,
  EXCHANGE,
  json,
  once,
  PORTAL,
  readManifest,
  REGISTRY_DOWN,
  registryAnswer,
  TOO_MANY,
  twice,
} from '../places.ts'
import { green, greenAfter, red, type Row } from '../row.ts'

const SHORT = { timeout: '5s' }
const PROVED = { ...SHORT, 'wait-for': 'image' }
const unauthorized = registryAnswer(401, 'UNAUTHORIZED', 'authentication required')
const challengeTo = (realm: string) => ({
  status: 401,
  headers: { 'www-authenticate': `Bearer realm="${realm}",service="contoso.azurecr.io"` },
})
const EAST_PENDING = { ready: ['canadacentral'] }
/** Sign-in to the registry, and what its regions say of the image. */
export const registryRows: readonly Row[] = [
  {
    fault: 'exchange: 429 with Retry-After, once',
    run: 'gate',
    faults: [once(EXCHANGE, TOO_MANY)],
    expected: green(),
  },
  {
    fault: 'exchange: 500, four times',
    run: 'gate',
    faults: [{ match: EXCHANGE, count: 4, action: REGISTRY_DOWN }],
    expected: green(),
  },
  {
    fault: 'exchange of a push: 500, twice',
    run: 'push',
    faults: [twice(EXCHANGE, REGISTRY_DOWN)],
    expected: greenAfter(2, /^Sign-in to contoso/),
  },
  {
    fault: 'exchange: 401, always',
    run: 'gate',
    faults: [always(EXCHANGE, unauthorized)],
    expected: red(/exchange of the Entra token .* failed: HTTP 401 UNAUTHORIZED/),
  },
  {
    fault: 'exchange: an answer without a token, once',
    run: 'gate',
    faults: [once(EXCHANGE, json({ refresh_token: 5 }))],
    expected: green(),
  },
  {
    fault: 'token: connection closed, twice',
    run: 'gate',
    faults: [twice(ACCESS_TOKEN, CLOSE)],
    expected: green(),
  },
  {
    fault: 'token: expires during the wait (401 in the middle)',
    run: 'gate',
    faults: [{ match: readManifest('eastus'), skip: 1, count: 1, action: unauthorized }],
    expected: green(),
  },
  {
    fault: 'token: lives two seconds, the wait takes longer',
    run: 'gate',
    regions: ['eastus', 'japaneast'],
    scenario: { identity: { lifetimes: { access: 2 } }, timing: { japaneast: { sync: 5 } } },
    inputs: { 'wait-for': 'all' },
    expected: green(),
  },
  {
    fault: 'challenge: points to another host',
    run: 'gate',
    faults: [always(CHALLENGE, challengeTo('https://contoso.azurecr.example/oauth2/token'))],
    expected: red(/it would send a token to contoso\.azurecr\.example, which is no host of this registry/, {
      check: ({ run }) =>
        expect(run.requests.filter(({ path }) => path.startsWith('/oauth2/'))).not.toContainEqual(
          expect.objectContaining({ service: 'registry' }),
        ),
    }),
  },
  {
    fault: 'challenge: points to plain http',
    run: 'gate',
    faults: azure => [always(CHALLENGE, challengeTo(`http://${azure.ready.loginServer}/oauth2/token`))],
    expected: red(/which is not https/),
  },
  {
    fault: 'challenge of one region: points to another host',
    run: 'gate',
    inputs: PROVED,
    faults: [always({ ...CHALLENGE, region: 'eastus' }, challengeTo('https://evil.example/oauth2/token'))],
    expected: red(/eastus: .*it would send a token to evil\.example/, EAST_PENDING),
  },
  {
    fault: 'challenge: a web page with status 200',
    run: 'gate',
    faults: [always(CHALLENGE, PORTAL)],
    expected: red(/^Sign-in to contoso.* failed: HTTP 200/),
  },
]
