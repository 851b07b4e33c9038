import { expect } from '@jest/globals'
import { REFERENCE, REPOSITORY } from '../../support/step/push-image.ts'
import { replicaOf } from '../../support/step/run-step.ts'
import {
  always,
  ENDLESS,
  HANG,
  lookUpBlob,
  lookUpTag,
  once,
  readManifest,
  REGISTRY_DOWN,
  RESET,
  THROTTLED,
  thrice,
  TOO_MANY,
  twice,
} from '../places.ts'
import { type Check, green, red, type Row } from '../row.ts'

const SHORT = { timeout: '5s' }
const PROVED = { ...SHORT, 'wait-for': 'image' }
const OTHER = `sha256:${'0'.repeat(64)}`
const EAST_PENDING = { ready: ['canadacentral'] }
const eastProof =
  (proof: string): Check =>
  ({ run }) =>
    expect(replicaOf(run, 'eastus').proof).toBe(proof)

/** What the regions say of the image. */
export const regionRows: readonly Row[] = [
  {
    fault: 'manifest of a region: 500, twice',
    run: 'gate',
    faults: [twice(readManifest('eastus'), REGISTRY_DOWN)],
    expected: green({ says: /eastus: could not be checked: .*HTTP 500/ }),
  },
  {
    fault: 'manifest of a region: 429 with Retry-After, once',
    run: 'gate',
    faults: [once(readManifest('eastus'), TOO_MANY)],
    expected: green({ says: /eastus: could not be checked: .*HTTP 429/ }),
  },
  {
    fault: 'manifest of a region: connection reset, three times',
    run: 'gate',
    faults: [thrice(readManifest('eastus'), RESET)],
    expected: green({ says: /eastus: could not be checked/ }),
  },
  {
    fault: 'manifest of a region: answers a second late',
    run: 'gate',
    faults: [always(readManifest('eastus'), { stall: 1 })],
    expected: green(),
  },
  {
    fault: 'manifest of a region: never answered',
    run: 'gate',
    inputs: SHORT,
    faults: [always(readManifest('eastus'), HANG)],
    expected: red(/^Not done within the timeout of 5.*eastus: /, { ready: ['canadacentral'] }),
  },
  {
    fault: 'manifest of a region: other bytes under the digest, always',
    run: 'gate',
    inputs: SHORT,
    faults: [always(readManifest('eastus'), { body: '{"schemaVersion":2}' })],
    expected: red(/eastus: .*the bytes served have the digest sha256:/, EAST_PENDING),
  },
  {
    fault: 'manifest of a region: cut off half-way, twice',
    run: 'gate',
    faults: [twice(readManifest('eastus'), { truncate: true })],
    expected: green(),
  },
  {
    fault: 'manifest of a region: redirected to itself without end',
    run: 'gate',
    inputs: PROVED,
    faults: azure => [
      always(readManifest('eastus'), {
        status: 307,
        headers: { location: `https://${azure.regionalEndpoint('eastus')}/v2/${REPOSITORY}/manifests/1.2` },
      }),
    ],
    expected: red(/eastus: .*HTTP 307/, EAST_PENDING),
  },
  ...[307, 400].map((status): Row => ({
    fault: `manifest of a region: ${status} for ever, which is no proof (wait-for: auto)`,
    run: 'gate',
    inputs: { timeout: '8s' },
    faults: [always(readManifest('eastus'), { status, headers: { location: '/again' } })],
    expected: red(new RegExp(`eastus: .*HTTP ${status}`), EAST_PENDING),
  })),
  {
    fault: 'manifest of a region: without end, once',
    run: 'gate',
    faults: [once(readManifest('eastus'), ENDLESS)],
    expected: green({ says: /eastus: could not be checked: .*larger than 32 MiB/ }),
  },
  {
    fault: 'blobs of a region: redirected to themselves without end (a redirect is the registry saying it has them)',
    run: 'gate',
    faults: azure => [
      always(lookUpBlob('eastus'), {
        status: 307,
        headers: { location: `https://${azure.regionalEndpoint('eastus')}/again` },
      }),
    ],
    expected: green(),
  },
  {
    fault: 'tag of a region: another digest in the header, always',
    run: 'gate',
    inputs: SHORT,
    faults: [always(lookUpTag('eastus'), { headers: { 'docker-content-digest': OTHER } })],
    expected: red(/eastus: .*tag 1\.2 still serves sha256:0+/, EAST_PENDING),
  },
  {
    fault: 'tag of a region: no digest in the header, always',
    run: 'gate',
    inputs: SHORT,
    faults: [always(lookUpTag('eastus'), { headers: { 'docker-content-digest': null } })],
    expected: red(/eastus: .*the answer names no digest/, EAST_PENDING),
  },
  {
    fault: 'tag at the login server: 429 without Retry-After, twice',
    run: 'gate',
    inputs: { 'wait-for': 'image' },
    faults: azure => [twice({ ...lookUpTag(), host: `^${azure.ready.loginServer}$` }, THROTTLED)],
    expected: green(),
  },
  {
    fault: 'blobs of a region: 404 for a while',
    run: 'gate',
    faults: [{ match: lookUpBlob('eastus'), count: 5, action: { status: 404 } }],
    expected: green({ says: /eastus: \d of 3 layers are there/ }),
  },
  {
    fault: 'a layer of a region: never arrives',
    run: 'gate',
    inputs: SHORT,
    seeded: ['canadacentral'],
    scenario: { losses: [{ region: 'eastus', kind: 'layer', nth: 1 }] },
    expected: red(/eastus: .*2 of 3 layers are there/, EAST_PENDING),
  },
  {
    fault: 'tag of a region: moved by somebody after the region was ready',
    run: 'gate',
    regions: ['eastus', 'japaneast'],
    inputs: { timeout: '8s' },
    scenario: { timing: { japaneast: { sync: 2 } } },
    on: { line: /eastus: READY/, act: azure => azure.tamper.setTag('eastus', REPOSITORY, '1.2', OTHER) },
    expected: red(/eastus: /, {
      ready: ['japaneast'],
      log: [/eastus: no longer ready/],
    }),
  },
  {
    fault: 'a blob of a region: lost after the region was ready',
    run: 'gate',
    regions: ['eastus', 'japaneast'],
    inputs: { timeout: '8s' },
    scenario: { timing: { japaneast: { sync: 2 } } },
    on: {
      line: /eastus: READY/,
      act: azure => void azure.addFault(always(lookUpBlob('eastus'), { status: 404 })),
    },
    expected: red(/eastus: .*0 of 3 layers are there/, { ready: ['japaneast'], log: [/eastus: no longer ready/] }),
  },
  {
    fault: 'firewall refuses this runner in one region (wait-for: auto says that nothing is proved)',
    run: 'gate',
    scenario: { firewall: { deny: ['eastus'] } },
    expected: green({ warnings: [/Nothing proves that eastus serves this image/], check: eastProof('none') }),
  },
  {
    fault: 'firewall refuses this runner in one region (wait-for: image)',
    run: 'gate',
    inputs: { 'wait-for': 'image' },
    scenario: { firewall: { deny: ['eastus'] } },
    expected: red(/eastus: nothing proves that it serves the image/, EAST_PENDING),
  },
  {
    fault: 'firewall refuses this runner at the login server',
    run: 'gate',
    scenario: { firewall: { deny: ['login'] } },
    expected: red(/The registry's firewall refuses this runner/, { retried: [/./, 0] }),
  },
  {
    fault: 'name of a regional endpoint does not resolve (wait-for: auto)',
    run: 'gate',
    scenario: { hiddenHosts: ['eastus'] },
    expected: green({ warnings: [/Nothing proves that eastus serves this image/], check: eastProof('none') }),
  },
  {
    fault: 'name of a regional endpoint does not resolve (wait-for: image)',
    run: 'gate',
    inputs: { 'wait-for': 'image' },
    scenario: { hiddenHosts: ['eastus'] },
    expected: red(/eastus: nothing proves that it serves the image: .*does not resolve/, EAST_PENDING),
  },
  {
    fault: 'name of the login server does not resolve',
    run: 'gate',
    inputs: { image: REFERENCE, registry: 'contoso' },
    arrange: azure => azure.update(scenario => void (scenario.hiddenHosts = ['login'])),
    expected: red(/the name contoso\.\S+ does not resolve here/),
  },
  {
    fault: 'one region down: every answer of its registry is 503',
    run: 'gate',
    inputs: SHORT,
    faults: [always({ service: 'registry', region: 'eastus' }, REGISTRY_DOWN)],
    expected: red(/eastus: .*could not be checked: .*HTTP 500/, EAST_PENDING),
  },
]
