import { expect } from '@jest/globals'
import { always, ANY_OF_ARM, createReplica, once, POLL, UNAVAILABLE_NOW } from '../places.ts'
import { type Check, red, type Row } from '../row.ts'

/** No token of the registry was asked for or sent. */
const nobodySignedIn: Check = ({ run }) =>
  expect(run.requests.filter(({ service, path }) => service === 'registry' && path.startsWith('/oauth2/'))).toEqual([])
const both = (first: string, second: string) => ({ image: [first, second].map(host => `${host}/team/web:1`).join() })

/** Places that tokens must not go to, whoever names them. */
export const foreignRows: readonly Row[] = [
  {
    fault: 'create: ARM has its operation polled at another host',
    run: 'gate',
    regions: ['eastus', 'japaneast'],
    scenario: { creations: { japaneast: { replica: 'fails' } } },
    faults: azure => [
      once(createReplica('japaneast'), {
        headers: { 'azure-asyncoperation': `https://${azure.ready.loginServer}/steal` },
      }),
      always(POLL, { status: 404 }),
    ],
    expected: red(/japaneast: the replica is in state Failed/, {
      ready: ['eastus'],
      check: ({ run }) => expect(run.requests.filter(({ path }) => path.includes('/steal'))).toEqual([]),
    }),
  },
  {
    fault: 'home region down: ARM answers 503, and the hosts in image are of two registries',
    run: 'gate',
    inputs: azure => {
      const east = azure.regionalEndpoint('eastus') ?? ''
      return both(east, (azure.regionalEndpoint('canadacentral') ?? '').replace(/^contoso/, 'fabrikam'))
    },
    faults: [always(ANY_OF_ARM, UNAVAILABLE_NOW)],
    expected: red(/'image' names hosts of two registries: contoso\.localhost and fabrikam\.localhost/, {
      check: nobodySignedIn,
    }),
  },
  {
    fault: 'home region down: ARM answers 503, and one host in image is of no registry',
    run: 'gate',
    inputs: azure =>
      both(azure.regionalEndpoint('eastus') ?? '', `evil.localhost:${azure.ready.loginServer.split(':')[1]}`),
    faults: [always(ANY_OF_ARM, UNAVAILABLE_NOW)],
    expected: red(/'image' names hosts of two registries|Input 'image'/, { check: nobodySignedIn }),
  },
]
