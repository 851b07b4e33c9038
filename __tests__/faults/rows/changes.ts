import { expect } from '@jest/globals'
import { type ScenarioInput } from '../../../emulator/scenario.ts'
import { NEVER } from '../../support/step/azure.ts'
import { replicasRequested, webhooksWritten, writesIn } from '../../support/step/requests.ts'
import {
  always,
  armAnswer,
  BUSY,
  CREATE_WEBHOOK,
  DELETE_RESULT,
  deleteReplica,
  LIST_EVENTS,
  once,
  READ_REGISTRY,
  SERVER_ERROR,
  THROTTLED,
  throttledFor,
  twice,
  UPDATE_REGISTRY,
} from '../places.ts'
import { type Check, green, greenAfter, red, type Row } from '../row.ts'

const STANDARD: ScenarioInput = { registry: { sku: 'Standard' }, replicas: [] }
const UPGRADE = { 'upgrade-to-premium': 'true' }
/** A registry that was upgraded just now has no regional endpoints yet. */
const UNPROVED = { warnings: [/Nothing proves that eastus serves this image/] }
const ENABLE = { 'enable-regional-endpoints': 'true' }
const OFF = { registry: { regionalEndpoints: 'Disabled' } } as const
const PRUNE = { 'prune-replicas': 'true' }
const HOOKS = { 'webhook-uri': 'http://127.0.0.1:9/hook' }
const FORBIDDEN = armAnswer(
  403,
  'AuthorizationFailed',
  "The client 'x' does not have authorization to perform action 'Microsoft.ContainerRegistry/registries/write' over scope '/s'",
)
/** Three regions of which one is asked for: the others may be pruned. */
const ONE = ['eastus']
const gone: Check = ({ azure }) => {
  expect(azure.truth.replica('canadacentral')).toBeUndefined()
  expect(azure.truth.replica('eastus')).toMatchObject({ displayStatus: 'Ready' })
}
const silent = (azure: Parameters<NonNullable<Row['arrange']>>[0]) =>
  azure.update(scenario => void (scenario.registry.regionalEndpoints = 'Disabled'))

/** Changes beyond creating replicas. */
export const changeRows: readonly Row[] = [
  {
    fault: 'upgrade to Premium: 429, twice',
    run: 'gate',
    regions: ONE,
    scenario: STANDARD,
    inputs: UPGRADE,
    faults: [twice(UPDATE_REGISTRY, THROTTLED)],
    expected: greenAfter(2, /^Upgrade of contoso/, { says: /registry upgraded from Standard to Premium/, ...UNPROVED }),
  },
  {
    fault: 'upgrade to Premium: 409 of another operation, once',
    run: 'gate',
    regions: ONE,
    scenario: STANDARD,
    inputs: UPGRADE,
    faults: [once(UPDATE_REGISTRY, BUSY)],
    expected: greenAfter(1, /^Upgrade of contoso/, UNPROVED),
  },
  {
    fault: 'upgrade to Premium: 403',
    run: 'gate',
    regions: ONE,
    scenario: STANDARD,
    inputs: UPGRADE,
    faults: [always(UPDATE_REGISTRY, FORBIDDEN)],
    expected: red(/^Upgrade of contoso to Premium failed: .*lacks Microsoft.ContainerRegistry\/registries\/write/, {
      check: ({ run }) => expect(replicasRequested(run.requests)).toEqual([]),
    }),
  },
  {
    fault: 'upgrade to Premium: the registry ends Failed',
    run: 'gate',
    regions: ONE,
    scenario: STANDARD,
    inputs: UPGRADE,
    on: {
      line: /Plan:/,
      act: azure =>
        void azure.addFault(
          always(READ_REGISTRY, {
            status: 200,
            body: { sku: { name: 'Standard' }, properties: { provisioningState: 'Failed' } },
          }),
        ),
    },
    expected: red(/^Upgrade of contoso to Premium ended as failed/),
  },
  {
    fault: 'upgrade to Premium: never done (deadline in the upgrade)',
    run: 'gate',
    regions: ONE,
    scenario: { ...STANDARD, timing: { default: { update: NEVER } } },
    inputs: { ...UPGRADE, timeout: '4s' },
    expected: red(/^Not done within the timeout of 4/, { log: [/Not done: replicas not requested: eastus/] }),
  },
  {
    fault: 'regional endpoints: 429 with Retry-After while they are turned on, once',
    run: 'gate',
    scenario: OFF,
    inputs: ENABLE,
    faults: [once(UPDATE_REGISTRY, throttledFor(1))],
    expected: greenAfter(1, /^Turn on regional endpoints/),
  },
  {
    fault: 'regional endpoints: 409 of another operation while they are turned on, once',
    run: 'gate',
    scenario: OFF,
    inputs: ENABLE,
    faults: [once(UPDATE_REGISTRY, BUSY)],
    expected: greenAfter(1, /^Turn on regional endpoints/),
  },
  {
    fault: 'prune: a replica nobody asked for is deleted; its operation is forbidden, the replica is gone',
    run: 'gate',
    regions: ONE,
    inputs: PRUNE,
    faults: [always(DELETE_RESULT, armAnswer(403, 'AuthorizationFailed'))],
    expected: green({ says: /The replica canadacentral is deleted/, check: gone }),
  },
  {
    fault: 'prune: 429 without Retry-After, once',
    run: 'gate',
    regions: ONE,
    inputs: PRUNE,
    faults: [once(deleteReplica('canadacentral'), THROTTLED)],
    expected: greenAfter(1, /^Delete replica canadacentral/, { check: gone }),
  },
  {
    fault: 'prune: the delete is refused (403)',
    run: 'gate',
    regions: ONE,
    inputs: PRUNE,
    faults: [always(deleteReplica('canadacentral'), armAnswer(403, 'AuthorizationFailed'))],
    expected: red(/^Every region is ready, but not every replica could be deleted\. canadacentral: /, { ready: ONE }),
  },
  {
    fault: 'prune: 500, always',
    run: 'gate',
    regions: ONE,
    inputs: PRUNE,
    faults: [always(deleteReplica('canadacentral'), { ...SERVER_ERROR, headers: { 'retry-after-ms': '20' } })],
    expected: red(/^Every region is ready, but .* canadacentral: Delete replica canadacentral .* HTTP 500/, {
      ready: ONE,
    }),
  },
  {
    fault: 'prune: somebody else deleted the replica just before',
    run: 'gate',
    regions: ONE,
    inputs: PRUNE,
    on: { line: /eastus: READY/, act: azure => azure.tamper.removeReplica('canadacentral') },
    expected: green({ check: gone }),
  },
  {
    fault: 'prune: the deletion never ends (deadline while deleting)',
    run: 'gate',
    regions: ONE,
    inputs: { ...PRUNE, timeout: '6s' },
    scenario: { timing: { canadacentral: { delete: NEVER } } },
    expected: red(/Every region is ready, but|^Not done within the timeout of 6/, { ready: ONE }),
  },
  {
    fault: 'prune: a region is not ready, so nothing is deleted',
    run: 'gate',
    regions: ONE,
    inputs: { ...PRUNE, timeout: '4s' },
    seeded: ['canadacentral'],
    scenario: { losses: [{ region: 'eastus', kind: 'tag' }] },
    expected: red(/eastus: /, {
      check: ({ run }) => expect(writesIn(run.requests).filter(write => write.startsWith('DELETE'))).toEqual([]),
    }),
  },
  {
    fault: 'a region deleted just now is created again while the service still refuses it (409 four times)',
    run: 'gate',
    regions: ['eastus', 'japaneast'],
    faults: [{ match: { service: 'arm', method: 'PUT', path: '/replications/japaneast' }, count: 4, action: BUSY }],
    expected: greenAfter(4, /^Create replica japaneast/),
  },
  {
    fault: 'webhooks: 429 with Retry-After while one is created, once',
    run: 'push',
    scenario: OFF,
    inputs: HOOKS,
    faults: [once(CREATE_WEBHOOK, throttledFor(1))],
    expected: greenAfter(1, /webhook/),
  },
  {
    fault: 'webhooks: creation refused in a region that is there',
    run: 'push',
    scenario: OFF,
    inputs: HOOKS,
    faults: [always(CREATE_WEBHOOK, armAnswer(400, 'WebhookLimit', 'Too many webhooks.'))],
    expected: red(/^Create webhook \w+ of contoso in \w+ failed: HTTP 400 WebhookLimit/, {
      check: ({ run }) => expect(run.log).not.toMatch(/docker push/),
    }),
  },
  {
    fault: 'webhooks: events cannot be read (403), so they prove nothing',
    run: 'push',
    scenario: { ...OFF, webhooks: [{ name: 'hookeastus', location: 'eastus', serviceUri: 'http://127.0.0.1:9/' }] },
    regions: ONE,
    faults: [always(LIST_EVENTS, armAnswer(403, 'AuthorizationFailed'))],
    expected: green({ says: /eastus: its webhook proves nothing/, warnings: [/Nothing proves that eastus serves/] }),
  },
  {
    fault: 'webhooks: events answer 503 for a while',
    run: 'push',
    scenario: { ...OFF, webhooks: [{ name: 'hookeastus', location: 'eastus', serviceUri: 'http://127.0.0.1:9/' }] },
    regions: ONE,
    faults: [{ match: LIST_EVENTS, skip: 1, count: 2, action: SERVER_ERROR }],
    expected: green(),
  },
  {
    fault: 'webhooks: a region stays silent',
    run: 'push',
    arrange: silent,
    inputs: { ...HOOKS, timeout: '8s' },
    scenario: { losses: [{ region: 'eastus', kind: 'event' }] },
    expected: red(/eastus: .*its webhook has not heard of/, {
      ready: ['canadacentral'],
      check: ({ run }) => expect(webhooksWritten(run.requests)).toHaveLength(2),
    }),
  },
]
