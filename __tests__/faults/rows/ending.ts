import { expect } from '@jest/globals'
import { NEVER } from '../../support/step/azure.ts'
import { replicasRequested } from '../../support/step/requests.ts'
import {
  always,
  createReplica,
  ENTRA_TOKEN,
  GITHUB_TOKEN,
  HANG,
  LIST_REGISTRIES,
  LIST_REPLICAS,
  once,
  SEND_BLOB,
  throttledFor,
} from '../places.ts'
import { cancelled, type Row } from '../row.ts'

const NEW = ['eastus', 'japaneast']
const SLOW = { timing: { japaneast: { sync: NEVER } } }
const NOTHING = { log: [/Done: nothing was changed or pushed/] }

/** Cancellation, by the phase it comes in. Within two seconds the log says what was done and what was not. */
export const endingRows: readonly Row[] = [
  {
    fault: 'SIGINT while Entra is asked for a token',
    run: 'gate',
    faults: [always(ENTRA_TOKEN, HANG)],
    cancel: { signal: 'SIGINT', line: /Sign in to Azure/ },
    expected: cancelled('SIGINT', NOTHING),
  },
  {
    fault: 'SIGTERM while GitHub is asked for a token',
    run: 'gate',
    faults: [always(GITHUB_TOKEN, HANG)],
    cancel: { signal: 'SIGTERM', line: /Sign in to Azure/ },
    expected: cancelled('SIGTERM', NOTHING),
  },
  {
    fault: 'SIGTERM while ARM is asked for the registry',
    run: 'gate',
    faults: [once(LIST_REGISTRIES, { stall: 1, status: 429 }), always(LIST_REPLICAS, HANG)],
    cancel: { signal: 'SIGTERM', line: /attempt 1 of 5/ },
    expected: cancelled('SIGTERM', NOTHING),
  },
  {
    fault: 'SIGINT while it waits the hour ARM asked for',
    run: 'gate',
    faults: [always(LIST_REGISTRIES, throttledFor(3600))],
    cancel: { signal: 'SIGINT', line: /Next try in/ },
    expected: cancelled('SIGINT', NOTHING),
  },
  {
    fault: 'SIGINT while the registry is upgraded',
    run: 'gate',
    regions: ['eastus'],
    scenario: { registry: { sku: 'Standard' }, replicas: [], timing: { default: { update: NEVER } } },
    inputs: { 'upgrade-to-premium': 'true' },
    cancel: { signal: 'SIGINT', line: /Cost: / },
    expected: cancelled('SIGINT', { log: [/Not done: replicas not requested: eastus; not ready: eastus/] }),
  },
  {
    fault: 'SIGTERM while a replica is requested',
    run: 'gate',
    regions: NEW,
    faults: [always(createReplica('japaneast'), HANG)],
    cancel: { signal: 'SIGTERM', line: /Cost: / },
    expected: cancelled('SIGTERM', { log: [/Not done: replicas not requested: japaneast/] }),
  },
  {
    fault: 'SIGINT in the push: docker and all it started end',
    run: 'push',
    regions: NEW,
    faults: [always(SEND_BLOB, HANG)],
    cancel: { signal: 'SIGINT', line: /│ The push refers to repository/ },
    expected: cancelled('SIGINT', {
      log: [/Done: replicas requested: japaneast/, /Not done: the push is not complete; not ready: eastus, japaneast/],
    }),
  },
  {
    fault: 'SIGTERM in the push: docker and all it started end',
    run: 'push',
    faults: [always(SEND_BLOB, HANG)],
    cancel: { signal: 'SIGTERM', line: /│ The push refers to repository/ },
    expected: cancelled('SIGTERM', { log: [/Not done: the push is not complete/] }),
  },
  {
    fault: 'SIGTERM in the push, and docker does not care about it',
    run: 'push',
    docker: `case "$1" in push) trap '' TERM INT; echo 'The push refers to repository'; while :; do sleep 1; done;; *) exec "$REAL_DOCKER" "$@";; esac`,
    cancel: { signal: 'SIGTERM', line: /│ The push refers to repository/ },
    expected: cancelled('SIGTERM', { log: [/Not done: the push is not complete/] }),
  },
  {
    fault: 'SIGINT in the wait: what is ready is said, and the next run goes on without pushing again',
    run: 'push',
    regions: NEW,
    scenario: SLOW,
    cancel: { signal: 'SIGINT', line: /eastus: READY/ },
    expected: cancelled('SIGINT', {
      ready: ['eastus'],
      log: [/Done: replicas requested: japaneast; pushed: .*; ready: eastus/, /Not done: not ready: japaneast/],
      check: async ({ azure, run }, rerun) => {
        azure.tamper.setReplica('japaneast', 'Succeeded', 'Ready')
        const again = await rerun()
        expect({ exit: again.exitCode, log: again.log }).toEqual({ exit: 0, log: expect.any(String) })
        expect(replicasRequested(again.requests)).toEqual([])
        expect(again.requests.filter(({ method, path }) => method === 'PATCH' && path.includes('/uploads/'))).toEqual(
          [],
        )
        expect(again.outputs['digest']).toBe(run.outputs['digest'])
      },
    }),
  },
  {
    fault: 'SIGTERM in the wait',
    run: 'gate',
    regions: NEW,
    scenario: SLOW,
    cancel: { signal: 'SIGTERM', line: /eastus: READY/ },
    expected: cancelled('SIGTERM', { ready: ['eastus'], log: [/Not done: not ready: japaneast/] }),
  },
  {
    fault: 'SIGINT while replicas are pruned: every region is ready, and that is said',
    run: 'gate',
    regions: ['eastus'],
    inputs: { 'prune-replicas': 'true' },
    scenario: { timing: { canadacentral: { delete: NEVER } } },
    cancel: { signal: 'SIGINT', line: /deletion of the replica canadacentral requested/ },
    expected: cancelled('SIGINT', { says: /cancelled/, ready: ['eastus'], log: [/ready: eastus/] }),
  },
]
