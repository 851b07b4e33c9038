import { expect } from '@jest/globals'
import { NEVER } from '../../support/step/azure.ts'
import { replicasRequested } from '../../support/step/requests.ts'
import { replicaOf } from '../../support/step/run-step.ts'
import {
  always,
  armAnswer,
  BUSY,
  createReplica,
  json,
  LIST_REPLICAS,
  once,
  POLL,
  RESET,
  throttledFor,
  twice,
} from '../places.ts'
import { type Check, green, greenAfter, red, type Row } from '../row.ts'

const NEW = ['eastus', 'japaneast']
const SHORT = { timeout: '4s' }
const CREATE = createReplica('japaneast')
const requestedOnce: Check = ({ run }) => {
  expect(run.outputs['created-replicas']).toBe('japaneast')
  expect(replicasRequested(run.requests)).toEqual(['japaneast'])
}

/** Replicas that come up, or don't. */
export const creatingRows: readonly Row[] = [
  {
    fault: 'create: 409 of another operation, twice',
    run: 'gate',
    regions: NEW,
    faults: [twice(CREATE, BUSY)],
    expected: greenAfter(2, /^Create replica japaneast/),
  },
  {
    fault: 'create: 429 with Retry-After, once',
    run: 'gate',
    regions: NEW,
    faults: [once(CREATE, throttledFor(1))],
    expected: greenAfter(1, /^Create replica japaneast/),
  },
  {
    fault: 'create: 500, always',
    run: 'push',
    regions: NEW,
    faults: [always(CREATE, armAnswer(500, 'InternalServerError', 'no', { 'retry-after-ms': '20' }))],
    expected: red(/^Create replica japaneast of contoso failed: HTTP 500/, {
      check: ({ run }) => expect(run.log).not.toMatch(/docker push/),
    }),
  },
  {
    fault: 'create: accepted, but the answer is lost (reset)',
    run: 'gate',
    regions: NEW,
    faults: [once(CREATE, { ...RESET, after: true })],
    expected: greenAfter(1, /^Create replica japaneast/),
  },
  {
    fault: 'create: 409, because another run creates it at this moment',
    run: 'gate',
    regions: NEW,
    faults: [once(CREATE, { ...BUSY, after: true })],
    expected: green({ says: /The replica in japaneast is being created by somebody else/ }),
  },
  {
    fault: 'create: 409, because another run has made it under another name, which the list did not show yet',
    run: 'gate',
    regions: NEW,
    scenario: { replicas: [{ location: 'eastus' }, { location: 'japaneast', name: 'japan' }] },
    faults: [once(LIST_REPLICAS, json({ value: [{ name: 'eastus', location: 'eastus' }] }))],
    expected: green({
      says: /The replica in japaneast is being created by somebody else/,
      retried: [/^Create/, 0],
      check: ({ run }) => expect(replicasRequested(run.requests)).toEqual(['japaneast']),
    }),
  },
  {
    fault: 'create: 403 once, of a role that was assigned a moment ago',
    run: 'gate',
    regions: NEW,
    faults: [once(CREATE, armAnswer(403, 'AuthorizationFailed'))],
    expected: greenAfter(1, /^Create replica japaneast/),
  },
  {
    fault: 'create: another region has a replica that is named like this one',
    run: 'gate',
    regions: NEW,
    scenario: { replicas: [{ location: 'eastus' }, { location: 'westeurope', name: 'japaneast' }] },
    expected: green({
      check: ({ run, azure }) => {
        expect(replicasRequested(run.requests)).toEqual(['japaneast2'])
        expect(azure.truth.replica('westeurope')).toMatchObject({ displayStatus: 'Ready' })
      },
    }),
  },
  {
    fault: 'two runs create the same replica at the same time',
    run: 'gate',
    regions: NEW,
    beside: async again => {
      const other = await again()
      expect({ exit: other.exitCode, log: other.log }).toEqual({ exit: 0, log: expect.any(String) })
    },
    expected: green(),
  },
  {
    fault: 'create: 403',
    run: 'push',
    regions: NEW,
    faults: [
      always(
        CREATE,
        armAnswer(
          403,
          'AuthorizationFailed',
          "The client 'x' does not have authorization to perform action 'Microsoft.ContainerRegistry/registries/replications/write' over scope '/subscriptions/s'",
        ),
      ),
    ],
    expected: red(/lacks Microsoft.ContainerRegistry\/registries\/replications\/write on \/subscriptions\/s/, {
      retried: [/^Create/, [1, 4]],
      check: ({ run }) => expect(run.log).not.toMatch(/docker push/),
    }),
  },
  {
    fault: 'accepted create is rolled back (replica vanishes)',
    run: 'gate',
    regions: NEW,
    scenario: {
      creations: {
        japaneast: { replica: 'vanishes', error: { code: 'SubnetIsFull', message: 'The subnet has no free address.' } },
      },
    },
    expected: red(/japaneast: the replica is gone.*SubnetIsFull/, { ready: ['eastus'], check: requestedOnce }),
  },
  {
    fault: 'create ends Failed',
    run: 'gate',
    regions: NEW,
    scenario: {
      creations: { japaneast: { replica: 'fails', error: { code: 'Overloaded', message: 'No capacity.' } } },
    },
    expected: red(/japaneast: the replica is in state Failed.*Overloaded.*Delete the replica and run the job again/, {
      ready: ['eastus'],
    }),
  },
  {
    fault: 'create ends Canceled',
    run: 'gate',
    regions: NEW,
    scenario: { creations: { japaneast: { replica: 'stuck' } } },
    on: { line: /japaneast: replica Creating/, act: azure => azure.tamper.setReplica('japaneast', 'Canceled') },
    expected: red(/japaneast: the replica is in state Canceled/, { ready: ['eastus'] }),
  },
  {
    fault: 'create is stuck (deadline in the wait)',
    run: 'gate',
    regions: NEW,
    inputs: SHORT,
    scenario: { creations: { japaneast: { replica: 'stuck' } } },
    expected: red(/^Not done within the timeout of 4.*japaneast: replica Creating for \d+s/, {
      ready: ['eastus'],
      check: ({ run }) =>
        expect(replicaOf(run, 'japaneast')).toMatchObject({ created: true, provisioningState: 'Creating', status: '' }),
    }),
  },
  {
    fault: 'operation succeeds while the replica is still syncing',
    run: 'gate',
    regions: NEW,
    scenario: { timing: { japaneast: { sync: 2 } } },
    expected: green({ says: /japaneast: replica Succeeded, Ready \(after/ }),
  },
  {
    fault: 'operation succeeds, the replica syncs for ever',
    run: 'gate',
    regions: NEW,
    inputs: SHORT,
    scenario: { timing: { japaneast: { sync: NEVER } } },
    expected: red(/japaneast: replica Succeeded, Syncing/, { ready: ['eastus'] }),
  },
  {
    fault: 'operation fails, the replica lives',
    run: 'gate',
    regions: NEW,
    scenario: { creations: { japaneast: { operation: 'fails' } } },
    expected: green(),
  },
  {
    fault: 'operation succeeds, the replica has failed',
    run: 'gate',
    regions: NEW,
    scenario: { creations: { japaneast: { replica: 'fails', operation: 'succeeds' } } },
    expected: red(/japaneast: the replica is in state Failed/, { ready: ['eastus'] }),
  },
  {
    fault: 'operation: poll answers 403, the replica lives',
    run: 'gate',
    regions: NEW,
    faults: [always(POLL, armAnswer(403, 'AuthorizationFailed'))],
    expected: green(),
  },
  {
    fault: 'operation: poll answers 404, the replica lives',
    run: 'gate',
    regions: NEW,
    faults: [always(POLL, armAnswer(404, 'NotFound'))],
    expected: green(),
  },
  {
    fault: 'operation: poll answers 404, the replica has failed',
    run: 'gate',
    regions: NEW,
    scenario: { creations: { japaneast: { replica: 'fails' } } },
    faults: [always(POLL, armAnswer(404, 'NotFound'))],
    expected: red(/japaneast: the replica is in state Failed/, { ready: ['eastus'] }),
  },
]
