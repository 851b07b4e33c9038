import { expect } from '@jest/globals'
import { writesIn } from '../../support/step/requests.ts'
import {
  always,
  ENDLESS,
  HANG,
  json,
  LIST_REGISTRIES,
  LIST_REPLICAS,
  LIST_WEBHOOKS,
  once,
  page,
  PORTAL,
  RESET,
  SERVER_ERROR,
  THROTTLED,
  throttledFor,
  twice,
} from '../places.ts'
import { type Check, green, greenAfter, red, type Row } from '../row.ts'

const SHORT = { timeout: '4s' }
const UNDER_WAY = (what: string, more = '') =>
  new RegExp(`^Not done within the timeout of 4\\S+: ${what} was still under way${more}`)
/** What would be a change is none: nothing was written anywhere. */
const untouched: Check = ({ run }) => expect(writesIn(run.requests)).toEqual([])

/** Lists of ARM, which come in pages and may be anything. */
export const listRows: readonly Row[] = [
  {
    fault: 'list of registries: 429 without Retry-After, twice',
    run: 'gate',
    faults: [twice(LIST_REGISTRIES, THROTTLED)],
    expected: greenAfter(2, /^List registries/),
  },
  {
    fault: 'list of registries: 429 with Retry-After of a second, once',
    run: 'gate',
    faults: [once(LIST_REGISTRIES, throttledFor(1))],
    expected: greenAfter(1, /^List registries/, { log: [/Next try in 1\.0s/] }),
  },
  {
    fault: 'list of registries: 429 with Retry-After of an hour',
    run: 'gate',
    inputs: SHORT,
    faults: [always(LIST_REGISTRIES, throttledFor(3600))],
    expected: red(UNDER_WAY('List registries of subscription \\S+', '. Before that: .*HTTP 429'), {
      retried: [/^List registries/, 1],
      check: untouched,
    }),
  },
  {
    fault: 'list of registries: 500, always',
    run: 'gate',
    faults: [always(LIST_REGISTRIES, { ...SERVER_ERROR, headers: { 'retry-after-ms': '20' } })],
    expected: red(/^List registries of subscription .* failed: HTTP 500 InternalServerError/, {
      retried: [/^List registries/, 4],
    }),
  },
  {
    fault: 'list of replicas: connection reset, once',
    run: 'gate',
    faults: [once(LIST_REPLICAS, RESET)],
    expected: greenAfter(1, /^List replicas/),
  },
  {
    fault: 'list of replicas: never answered (deadline while reading)',
    run: 'gate',
    inputs: SHORT,
    faults: [always(LIST_REPLICAS, HANG)],
    expected: red(UNDER_WAY('List replicas of contoso'), { check: untouched }),
  },
  {
    fault: 'list of registries: a web page with status 200, always',
    run: 'gate',
    faults: [always(LIST_REGISTRIES, PORTAL)],
    expected: red(/^List registries of .* failed: the answer is no list/, { check: untouched }),
  },
  {
    fault: 'list of replicas: a web page with status 200, always',
    run: 'gate',
    regions: ['eastus', 'japaneast'],
    faults: [always(LIST_REPLICAS, PORTAL)],
    expected: red(/^List replicas of contoso failed: .*no list/, { check: untouched }),
  },
  {
    fault: 'list of replicas: an empty answer with status 200, always',
    run: 'gate',
    regions: ['eastus', 'japaneast'],
    faults: [always(LIST_REPLICAS, page(''))],
    expected: red(/^List replicas of contoso failed: .*no list/, { check: untouched }),
  },
  {
    fault: 'list of replicas: an object without a list, always',
    run: 'gate',
    regions: ['eastus', 'japaneast'],
    faults: [always(LIST_REPLICAS, json({ value: { eastus: true } }))],
    expected: red(/^List replicas of contoso failed: .*no list/, { check: untouched }),
  },
  {
    fault: 'list of replicas: entries of the wrong shape among the right ones',
    run: 'gate',
    faults: [
      always(
        LIST_REPLICAS,
        json({
          value: [
            null,
            5,
            'eastus',
            [],

            { name: 'eastus', location: 'eastus' },
            { name: 'canadacentral', location: 'canadacentral' },
          ],
        }),
      ),
    ],
    expected: green(),
  },
  {
    fault: 'list of webhooks: entries of the wrong shape',
    run: 'gate',
    faults: [
      always(
        LIST_WEBHOOKS,
        json({ value: [null, 5, { name: 7, properties: 'x' }, { properties: { scope: 9, actions: [null, 1] } }] }),
      ),
    ],
    expected: green(),
  },
  {
    fault: 'list of webhooks: 20 000 entries',
    run: 'gate',
    faults: [
      always(
        LIST_WEBHOOKS,
        json({
          value: Array.from({ length: 20_000 }, (_, nth) => ({
            name: `hook${nth}`,
            location: 'eastus',
            properties: { status: 'disabled', actions: ['push'] },
          })),
        }),
      ),
    ],
    expected: green(),
  },
  {
    fault: 'list of replicas: one entry a page',
    run: 'gate',
    scenario: { arm: { pageSize: 1 } },
    expected: green(),
  },
  {
    fault: 'list of replicas: the next page is this page (a loop)',
    run: 'gate',
    faults: azure => [
      always(
        LIST_REPLICAS,
        json({
          value: [],
          nextLink: `${azure.ready.resourceManagerEndpoint}subscriptions/${azure.ready.subscriptionId}/resourceGroups/contoso-rg/providers/Microsoft.ContainerRegistry/registries/contoso/replications?api-version=2025-11-01`,
        }),
      ),
    ],
    expected: red(/^List replicas of contoso failed: .*same page/, {
      check: ({ run }) =>
        expect(run.requests.filter(({ path }) => path.includes('/replications?')).length).toBeLessThan(5),
    }),
  },
  {
    fault: 'list of replicas: the next page is at another host',
    run: 'gate',
    faults: [always(LIST_REPLICAS, json({ value: [], nextLink: 'https://contoso.localhost/steal?token' }))],
    expected: red(/named a link to another host/, { check: untouched }),
  },
  {
    fault: 'list of replicas: lies about states',
    run: 'gate',
    scenario: {
      replicas: [
        { location: 'eastus', listSays: { provisioningState: 'Failed', displayStatus: 'Syncing' } },
        { location: 'canadacentral', listSays: { provisioningState: 'Deleting' } },
      ],
    },
    expected: green(),
  },
  {
    fault: 'list of replicas: an entry tells no region; with prune-replicas, a region that was asked for stays',
    run: 'gate',
    inputs: { 'prune-replicas': 'true' },
    faults: [always(LIST_REPLICAS, json({ value: [{ name: 'eastus' }, { name: 'canadacentral', location: null }] }))],
    expected: green({ check: untouched }),
  },
  {
    fault: 'list of replicas: without end',
    run: 'gate',
    faults: [always(LIST_REPLICAS, ENDLESS)],
    expected: red(/^List replicas of contoso failed: the answer is larger than 32 MiB/, { check: untouched }),
  },
  {
    fault: 'list of replicas: says Ready of one that is syncing',
    run: 'gate',
    inputs: SHORT,
    scenario: {
      replicas: [
        { location: 'eastus', displayStatus: 'Syncing', listSays: { displayStatus: 'Ready' } },
        { location: 'canadacentral' },
      ],
    },
    expected: red(/eastus: replica Succeeded, Syncing/, { ready: ['canadacentral'] }),
  },
]
