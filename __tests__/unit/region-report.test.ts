import { describe, expect, test } from '@jest/globals'
import { type RegionResult } from '../../src/gate.ts'
import { matrixEntry, replicaEntry, reportRegion } from '../../src/region-report.ts'
import { LOGIN_SERVER, WEB, digestOf, plannedRegion, resultOf } from './fixtures.ts'

const DIGEST = digestOf('image')
const CONTEXT = {
  primary: WEB,
  digest: DIGEST,
  created: new Set(['japaneast']),
  hostOf: (region: string) => (region === 'japaneast' ? 'contoso.japaneast.geo.azurecr.io' : LOGIN_SERVER),
}
const report = (result?: Partial<RegionResult>, context = CONTEXT) =>
  reportRegion(plannedRegion('japaneast'), result && resultOf('japaneast', result), context)

describe('reportRegion', () => {
  test('of a region that is ready', () => {
    expect(report({ readyAfterMs: 12_349 })).toEqual({
      region: 'japaneast',
      displayName: 'JAPANEAST',
      home: false,
      created: true,
      provisioningState: 'Succeeded',
      status: 'Ready',
      ready: true,
      proof: 'regional-endpoint',
      digest: DIGEST,
      image: 'contoso.japaneast.geo.azurecr.io/team/web:1.2',
      seconds: 12.3,
      detail: 'replica Succeeded, Ready; serves the image',
      name: 'japaneast',
      remedy: '',
      failed: false,
    })
  })

  test('of a region nobody came to wait for', () => {
    expect(report()).toMatchObject({
      ready: false,
      proof: 'none',
      digest: null,
      seconds: null,
      provisioningState: 'Succeeded',
      detail: 'not waited for: replica Succeeded, Ready',
    })
  })

  test.each(['failed', 'pending'] as const)('%s is not ready', outcome =>
    expect(report({ outcome, proof: 'none', readyAfterMs: undefined, detail: 'why' })).toMatchObject({
      ready: false,
      failed: outcome === 'failed',
      seconds: null,
      detail: 'why',
    }),
  )

  test.each<[RegionResult['replica'], string, string]>([
    [{ kind: 'home' }, 'Succeeded', 'Ready'],
    [{ kind: 'absent' }, 'NotFound', ''],
    [{ kind: 'pending', provisioningState: 'Creating', status: '', message: '' }, 'Creating', ''],
    [{ kind: 'failed', provisioningState: 'Failed', status: '', message: '' }, 'Failed', ''],
    [{ kind: 'deleting', provisioningState: 'Deleting', status: 'Ready' }, 'Deleting', 'Ready'],
  ])('says in Azure’s words what was seen: %j', (replica, provisioningState, status) =>
    expect(report({ replica })).toMatchObject({ provisioningState, status }),
  )

  test('says what was found at the start where the last look failed', () => {
    expect(report({ replica: { kind: 'unread', detail: 'x' } })).toMatchObject({ provisioningState: 'Succeeded' })
  })

  const other = {
    kind: 'other-tag',
    repository: 'team/web',
    tag: '1.2',
    serves: digestOf('old'),
    conflict: false,
  } as const
  test.each<[string, RegionResult['image'], string | null]>([
    ['what it serves', { kind: 'served', proof: 'webhook' }, DIGEST],
    ['the old image of the primary tag', other, digestOf('old')],
    ['not what another tag serves', { ...other, tag: 'latest' }, null],
    ['not what another repository serves', { ...other, repository: 'mirror' }, null],
    ['nothing it was not seen to serve', { kind: 'unprovable', detail: 'x' }, null],
    ['nothing while it arrives', { kind: 'incomplete', detail: 'x' }, null],
  ])('the digest is %s', (_, image, digest) => expect(report({ image }).digest).toBe(digest))
})

test('replicaEntry has the fields of the contract', () => {
  expect(Object.keys(replicaEntry(report())).sort()).toEqual(
    'region displayName home created provisioningState status ready proof digest image seconds detail'
      .split(' ')
      .sort(),
  )
})

describe('matrixEntry', () => {
  test('names the endpoint clusters pull from, by tag and by digest', () => {
    expect(matrixEntry(report({}), CONTEXT)).toEqual({
      region: 'japaneast',
      image: 'contoso.japaneast.geo.azurecr.io/team/web:1.2',
      'image-digest': `contoso.japaneast.geo.azurecr.io/team/web@${DIGEST}`,
      endpoint: 'contoso.japaneast.geo.azurecr.io',
      ready: true,
      proof: 'regional-endpoint',
    })
  })

  test('has no digest before there is one', () => {
    const context = { ...CONTEXT, digest: undefined }
    expect(matrixEntry(report(), context as never)['image-digest']).toBe('')
  })
})
