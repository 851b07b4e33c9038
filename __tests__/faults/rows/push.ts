import { expect } from '@jest/globals'
import { REPOSITORY } from '../../support/step/push-image.ts'
import {
  always,
  BLOB_UNKNOWN,
  CLOSE,
  HANG,
  lookUpTag,
  once,
  PUT_MANIFEST,
  readManifest,
  REGISTRY_DOWN,
  registryAnswer,
  RESET,
  SEND_BLOB,
  START_BLOB,
  thrice,
  TOO_MANY,
  twice,
} from '../places.ts'
import { type Check, green, greenAfter, red, type Row } from '../row.ts'

const PUSH = /^Push of contoso/
const noEndpoints = { registry: { regionalEndpoints: 'Disabled' } } as const
const UNPROVED = { warnings: [/Nothing proves that eastus, canadacentral serve this image/] }
const pushes =
  (times: number): Check =>
  ({ run }) =>
    expect(run.log.match(/\] docker push contoso/g)).toHaveLength(times)

/** The push, with the real engine. */
export const pushRows: readonly Row[] = [
  {
    fault: 'manifest: MANIFEST_BLOB_UNKNOWN, once: the home endpoint takes the push over',
    run: 'push',
    faults: [once(PUT_MANIFEST, BLOB_UNKNOWN)],
    expected: greenAfter(1, PUSH, { says: /docker push contoso\.westus\.geo.* \(attempt 2\)/ }),
  },
  {
    fault: 'manifest: MANIFEST_BLOB_UNKNOWN, three times, without regional endpoints',
    run: 'push',
    scenario: noEndpoints,
    faults: [thrice(PUT_MANIFEST, BLOB_UNKNOWN)],
    expected: greenAfter(3, PUSH, UNPROVED),
  },
  {
    fault: 'manifest: MANIFEST_BLOB_UNKNOWN, always',
    run: 'push',
    faults: [always(PUT_MANIFEST, BLOB_UNKNOWN)],
    expected: red(/^docker push .* failed: .*blob unknown.*regional endpoints/, {
      retried: [PUSH, 4],
      check: pushes(5),
    }),
  },
  {
    fault: 'manifest: 500, once',
    run: 'push',
    faults: [once(PUT_MANIFEST, REGISTRY_DOWN)],
    expected: greenAfter(1, PUSH),
  },
  {
    fault: 'manifest: 503 with a web page, once',
    run: 'push',
    faults: [
      once(PUT_MANIFEST, {
        status: 503,
        headers: { 'content-type': 'text/html' },
        body: '<html>Service Unavailable</html>',
      }),
    ],
    expected: greenAfter(1, PUSH),
  },
  {
    fault: 'manifest: 429, twice (docker does not try again)',
    run: 'push',
    faults: [twice(PUT_MANIFEST, TOO_MANY)],
    expected: greenAfter(2, PUSH),
  },
  {
    fault: 'manifest: connection reset, once',
    run: 'push',
    faults: [once(PUT_MANIFEST, RESET)],
    expected: greenAfter([0, 1], PUSH),
  },
  {
    fault: 'manifest: stored, but the answer is lost (connection closed)',
    run: 'push',
    faults: [once(PUT_MANIFEST, { ...CLOSE, after: true })],
    expected: greenAfter([0, 1], PUSH),
  },
  {
    fault: 'layer: connection reset while it is sent, twice (docker tries again itself)',
    run: 'push',
    faults: [twice(SEND_BLOB, RESET)],
    expected: green(),
  },
  {
    fault: 'layer: 429 at its start, once',
    run: 'push',
    faults: [once(START_BLOB, TOO_MANY)],
    expected: greenAfter([0, 1], PUSH),
  },
  {
    fault: 'manifest: unauthorized, once (a token that has just expired)',
    run: 'push',
    faults: [once(PUT_MANIFEST, registryAnswer(401, 'UNAUTHORIZED', 'authentication required'))],
    expected: greenAfter([0, 1], PUSH),
  },
  {
    fault: 'manifest: unauthorized, always: one more try with a new token, no more',
    run: 'push',
    faults: [always(PUT_MANIFEST, registryAnswer(401, 'UNAUTHORIZED', 'authentication required'))],
    expected: red(/^docker push .* failed: .*unauthorized.*AcrPush/, { retried: [PUSH, 1], check: pushes(2) }),
  },
  {
    fault: 'manifest: denied',
    run: 'push',
    faults: [always(PUT_MANIFEST, registryAnswer(403, 'DENIED', 'requested access to the resource is denied'))],
    expected: red(/^docker push .* failed: .*denied.*AcrPush/, { retried: [PUSH, 0], check: pushes(1) }),
  },
  {
    fault: 'manifest: the operation is disallowed (locked, or the storage is full)',
    run: 'push',
    faults: [
      always(
        PUT_MANIFEST,
        registryAnswer(405, 'UNSUPPORTED', 'The operation is disallowed on this registry, repository or image.'),
      ),
    ],
    expected: red(/^docker push .* failed: .*operation is disallowed.*locked or quarantined/, {
      retried: [PUSH, 0],
      check: pushes(1),
    }),
  },
  {
    fault: 'firewall refuses the engine at the first layer',
    run: 'push',
    faults: [always(START_BLOB, registryAnswer(403, 'DENIED', "client with IP '203.0.113.7' is not allowed access"))],
    expected: red(/^docker push .* failed: .*is not allowed access.*firewall/, {
      retried: [PUSH, 0],
      check: pushes(1),
    }),
  },
  {
    fault: 'layer: never taken (deadline in the push)',
    run: 'push',
    inputs: { timeout: '6s' },
    faults: [always(SEND_BLOB, HANG)],
    expected: red(/^Not done within the timeout of 6\S+: Push of \S+ was still under way/, {
      log: [/Not done: .*the push is not complete/],
    }),
  },
  {
    fault: 'layer: sending stalls: the push is ended and made again, at the home endpoint',
    run: 'push',
    alone: true,
    inputs: { timeout: '80s' },
    faults: [twice(SEND_BLOB, HANG)],
    expected: greenAfter(1, PUSH, { says: /docker push stalled: nothing printed for \d+s/ }),
  },
  {
    fault: 'confirmation: the pushed manifest is 404 at first',
    run: 'push',
    faults: azure => [
      twice(
        { ...readManifest(), host: `^${azure.ready.loginServer}$` },
        registryAnswer(404, 'MANIFEST_UNKNOWN', 'manifest unknown'),
      ),
    ],
    expected: greenAfter(2, /^Confirmation of/),
  },
  {
    fault: 'somebody moves the tag in one region while the image is pushed',
    run: 'push',
    inputs: { timeout: '8s' },
    on: {
      line: /Pushed .* as/,
      act: azure =>
        void azure.addFault(
          always(lookUpTag('eastus'), { headers: { 'docker-content-digest': `sha256:${'0'.repeat(64)}` } }),
        ),
    },
    expected: red(/eastus: .*which somebody else pushed/, { ready: ['canadacentral'] }),
  },
  {
    fault: 'login server answers from a random replica for every request',
    run: 'push',
    scenario: { routing: { mode: 'bounce', probability: 0.1, of: 'requests' }, seed: 7 },
    expected: green(),
  },
  {
    fault: 'a region fails for good after the push: what is pushed stays, and a second run pushes no layer again',
    run: 'push',
    inputs: { timeout: '8s' },
    scenario: { losses: [{ region: 'eastus', kind: 'tag' }] },
    expected: red(/eastus: /, {
      ready: ['canadacentral'],
      check: async ({ azure }, rerun) => {
        azure.update(scenario => (scenario.losses = []))
        const digest = azure.truth.tag('westus', REPOSITORY, '1.2')
        azure.tamper.setTag('eastus', REPOSITORY, '1.2', digest)
        const again = await rerun()
        expect({ exit: again.exitCode, log: again.log }).toEqual({ exit: 0, log: expect.any(String) })
        expect(again.requests.filter(({ method, path }) => method === 'PATCH' && path.includes('/uploads/'))).toEqual(
          [],
        )
        expect(again.outputs['digest']).toBe(digest)
      },
    }),
  },
]
