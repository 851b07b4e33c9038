import { expect } from '@jest/globals'
import { writesIn } from '../../support/step/requests.ts'
import {
  always,
  ANY_OF_ARM,
  armAnswer,
  CLOSE,
  json,
  once,
  page,
  READ_ENDPOINTS,
  READ_PROVIDER,
  READ_REGISTRY,
  readReplica,
  twice,
  UNAVAILABLE,
  UNAVAILABLE_NOW,
} from '../places.ts'
import { type Check, green, greenAfter, red, type Row } from '../row.ts'

const SHORT = { timeout: '4s' }
/** What would be a change is none: nothing was written anywhere. */
const untouched: Check = ({ run }) => expect(writesIn(run.requests)).toEqual([])

/** ARM while the step only reads. */
export const armRows: readonly Row[] = [
  {
    fault: 'registry: 503, twice',
    run: 'gate',
    faults: [twice(READ_REGISTRY, UNAVAILABLE)],
    expected: greenAfter(2, /^Read registry contoso/),
  },
  {
    fault: 'regional endpoints: answer cut off half-way, once',
    run: 'gate',
    faults: [once(READ_ENDPOINTS, { truncate: true })],
    expected: greenAfter(1, /^Read regional endpoints/),
  },
  {
    fault: 'provider metadata: connection closed without an answer, once',
    run: 'gate',
    faults: [once(READ_PROVIDER, CLOSE)],
    expected: greenAfter(1, /./),
  },
  {
    fault: 'provider metadata: 403',
    run: 'gate',
    faults: [always(READ_PROVIDER, armAnswer(403, 'AuthorizationFailed'))],
    expected: green({ says: /the built-in list is used/ }),
  },
  {
    fault: 'every answer of ARM a second late',
    run: 'gate',
    faults: [always(ANY_OF_ARM, { stall: 1 })],
    expected: green({ retried: [/./, 0] }),
  },
  {
    fault: 'registry: broken JSON, once',
    run: 'gate',
    faults: [once(READ_REGISTRY, page('{"id": "/subscr'))],
    expected: greenAfter(1, /^Read registry/),
  },
  {
    fault: 'registry: an empty answer with status 200, always',
    run: 'gate',
    faults: [always(READ_REGISTRY, { ...page(''), headers: { 'retry-after-ms': '20' } })],
    expected: red(/^Read registry contoso failed: the answer is not of the shape/, { check: untouched }),
  },
  {
    fault: 'registry: an answer of the wrong shape, always',
    run: 'gate',
    faults: [always(READ_REGISTRY, json({ id: 5, location: [], sku: 'Premium', properties: 'none' }))],
    expected: red(/Azure returned '5' where the id of a registry was expected/, { check: untouched }),
  },
  {
    fault: 'replica: an answer of the wrong shape, twice while waiting',
    run: 'gate',
    faults: [
      {
        match: readReplica('eastus'),
        skip: 1,
        count: 2,
        action: json({ properties: { provisioningState: 5, status: 'Ready' } }),
      },
    ],
    expected: green(),
  },
  {
    fault: 'dry run: 503 of the registry, twice',
    run: 'dry-run',
    faults: [twice(READ_REGISTRY, UNAVAILABLE)],
    expected: greenAfter(2, /^Read registry contoso/, { check: untouched }),
  },
  {
    fault: 'home region down: ARM answers 503, the regional endpoints are named and asked',
    run: 'gate',
    inputs: azure => ({
      image: ['eastus', 'canadacentral']
        .map(region => `${azure.regionalEndpoint(region)}/public/products/web:1.2`)
        .join(),
    }),
    faults: [always(ANY_OF_ARM, UNAVAILABLE_NOW)],
    expected: greenAfter(4, /^List registries/, {
      warnings: [/HTTP 503 ServiceUnavailable.*Not checked: the state of the replicas/],
    }),
  },
  {
    fault: 'home region down: ARM answers 503, nothing else is named',
    run: 'gate',
    faults: [always(ANY_OF_ARM, UNAVAILABLE_NOW)],
    expected: red(/HTTP 503 ServiceUnavailable/, { retried: [/^List registries/, 4] }),
  },
  {
    fault: 'home region down: ARM answers 503, and one region lacks a layer',
    run: 'gate',
    seeded: ['eastus'],
    scenario: { losses: [{ region: 'canadacentral', kind: 'layer', nth: 1 }] },
    inputs: azure => ({
      image: ['eastus', 'canadacentral']
        .map(region => `${azure.regionalEndpoint(region)}/public/products/web:1.2`)
        .join(),
      ...SHORT,
    }),
    faults: [always(ANY_OF_ARM, UNAVAILABLE_NOW)],
    expected: red(/canadacentral: .*layers are there/, {
      ready: ['eastus'],
      warnings: [/HTTP 503 ServiceUnavailable/],
    }),
  },
  {
    fault: 'home region goes down during the wait: wait-for image still shows what the regions serve',
    run: 'gate',
    regions: ['eastus', 'japaneast'],
    inputs: { 'wait-for': 'image' },
    scenario: { timing: { japaneast: { sync: 2 } } },
    on: {
      line: /japaneast: replica Succeeded, Syncing/,
      act: azure => void azure.addFault(always({ ...ANY_OF_ARM, method: 'GET', path: '/replications/' }, UNAVAILABLE)),
    },
    expected: green({ says: /replica could not be read/ }),
  },
  {
    fault: 'home region goes down during the wait: wait-for auto never takes an unread replica for ready',
    run: 'gate',
    inputs: SHORT,
    on: {
      line: /Plan:/,
      act: azure => void azure.addFault(always({ service: 'arm', path: '/replications/' }, UNAVAILABLE)),
    },
    expected: red(/its replica could not be read \(.*HTTP 503/),
  },
]
