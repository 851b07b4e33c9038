import { expect } from '@jest/globals'
import { NEVER } from '../../support/step/azure.ts'
import { notes } from '../../support/step/run-step.ts'
import { always, armAnswer, everySecond, json, readReplica, THROTTLED, throttledFor } from '../places.ts'
import { green, red, type Row } from '../row.ts'

const NEW = ['eastus', 'japaneast']
const SHORT = { timeout: '4s' }
/** Replicas while they are waited for. */
export const waitingRows: readonly Row[] = [
  {
    fault: 'replica: unknown words on its way to Ready',
    run: 'gate',
    arrange: azure => azure.tamper.setReplica('eastus', 'Frobnicating', 'Pondering'),
    on: {
      line: /eastus: replica Frobnicating, Pondering/,
      act: azure => azure.tamper.setReplica('eastus', 'Succeeded', 'Ready'),
    },
    expected: green(),
  },
  {
    fault: 'replica: Succeeded and "online", which is not Ready',
    run: 'gate',
    inputs: SHORT,
    scenario: { replicas: [{ location: 'eastus', displayStatus: 'online' }, { location: 'canadacentral' }] },
    expected: red(/eastus: replica Succeeded, online/, { ready: ['canadacentral'] }),
  },
  {
    fault: 'replica: Ready by its status, but Updating',
    run: 'gate',
    arrange: azure => azure.tamper.setReplica('eastus', 'Updating', 'Ready'),
    on: {
      line: /eastus: replica Updating, Ready/,
      act: azure => azure.tamper.setReplica('eastus', 'Succeeded', 'Ready'),
    },
    expected: green({ says: /eastus: replica Succeeded, Ready \(after/ }),
  },
  {
    fault: 'replica: ARM forgets it (404) for two looks',
    run: 'gate',
    faults: [{ match: readReplica('eastus'), skip: 1, count: 2, action: armAnswer(404, 'ResourceNotFound') }],
    expected: green({ says: /eastus: replica missing/ }),
  },
  {
    fault: 'replica: throttled for two looks while waiting',
    run: 'gate',
    faults: [{ match: readReplica('eastus'), skip: 1, count: 2, action: throttledFor(1) }],
    expected: green(),
  },
  {
    fault: 'replica: every second look at it is throttled, without Retry-After',
    run: 'gate',
    faults: [everySecond(readReplica('eastus'), THROTTLED)],
    expected: green(),
  },
  {
    fault: 'replica: by its name it is in another region than the list says',
    run: 'gate',
    inputs: SHORT,
    arrange: azure => azure.update(scenario => void (scenario.registry.regionalEndpoints = 'Disabled')),
    on: {
      line: /Plan:/,
      act: azure =>
        void azure.addFault(
          always(
            readReplica('eastus'),
            json({
              name: 'eastus',
              location: 'westus2',
              properties: { provisioningState: 'Succeeded', status: { displayStatus: 'Ready' } },
            }),
          ),
        ),
    },
    expected: red(/eastus: .*replica/, { ready: ['canadacentral'] }),
  },
  {
    fault: 'replica: no status at all while it is created',
    run: 'gate',
    regions: NEW,
    faults: [{ match: readReplica('japaneast'), count: 2, action: json({ name: 'japaneast', location: 'japaneast' }) }],
    expected: green(),
  },
  {
    fault: 'replica deleted by somebody during the wait',
    run: 'gate',
    regions: NEW,
    inputs: { timeout: '20s' },
    scenario: { timing: { japaneast: { sync: NEVER } } },
    on: { line: /japaneast: replica Succeeded, Syncing/, act: azure => azure.tamper.removeReplica('japaneast') },
    expected: red(/japaneast: the replica is gone/, { ready: ['eastus'] }),
  },
  {
    fault: 'replica of a region fails while another is being created, and a third is fine',
    run: 'gate',
    regions: ['eastus', 'canadacentral', 'japaneast'],
    inputs: { timeout: '8s' },
    scenario: { creations: { japaneast: { replica: 'stuck' } } },
    on: { line: /japaneast: replica Creating/, act: azure => azure.tamper.setReplica('canadacentral', 'Failed') },
    expected: red(/2 of 3 regions are not ready/, {
      ready: ['eastus'],
      check: ({ run }) => expect(notes(run, 'error').join('\n')).toMatch(/Delete the replica[\s\S]*longer 'timeout'/),
    }),
  },
]
