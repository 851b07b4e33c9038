import { describe, expect, test } from '@jest/globals'
import { type Registry } from '../../src/azure/registry.ts'
import { type Replica } from '../../src/azure/replications.ts'
import { offeredRegions } from '../../src/azure/regions.ts'
import { StepError } from '../../src/base/errors.ts'
import { type Actual, type Wanted, makePlan } from '../../src/plan.ts'
import { refusal } from '../../src/refusals.ts'
import { LOGIN_SERVER, READY, WEB } from './fixtures.ts'

const REGISTRY: Registry = {
  subscriptionId: 's',
  resourceGroup: 'rg',
  name: 'contoso',
  sku: 'Premium',
  homeRegion: 'eastus',
  loginServer: LOGIN_SERVER,
  roleAssignmentMode: 'rbac',
  armTokensAllowed: true,
}
const replica = (region: string, more: Partial<Replica> = {}): Replica => ({
  name: region,
  region,
  state: READY,
  ...more,
})
const hosts = (...regions: string[]) =>
  new Map(regions.map(region => [region, `contoso.${region}.geo.azurecr.io`] as const))

function plan(wanted: Partial<Wanted> = {}, actual: Partial<Actual> = {}) {
  return makePlan(
    {
      references: [WEB],
      regions: ['eastus', 'japaneast'],
      image: { kind: 'push' },
      createReplicas: true,
      upgradeToPremium: false,
      pruneReplicas: false,
      enableRegionalEndpoints: false,
      pushEndpoint: 'global',
      webhookUri: undefined,
      waitFor: 'auto',
      ...wanted,
    },
    {
      registry: REGISTRY,
      replicas: [replica('eastus'), replica('japaneast')],
      offered: offeredRegions(['East US', 'Japan East', 'West Europe']),
      endpoints: { state: 'enabled', hosts: hosts('eastus', 'japaneast'), contentTrust: false, provisioningState: '' },
      listening: new Map(),
      notified: new Set(),
      ...actual,
    },
  )
}
const messages = (wanted: Partial<Wanted>, actual?: Partial<Actual>) =>
  plan(wanted, actual).refusals.map(({ message }) => message)
const endpoints = (state: 'enabled' | 'disabled' | 'unknown', contentTrust = false) => ({
  endpoints: { state, hosts: hosts(), contentTrust, provisioningState: '' },
})

describe('makePlan', () => {
  test('keeps what is there, in the order asked', () => {
    const { plan: made, refusals } = plan({ regions: ['japaneast', 'eastus'] })
    expect(refusals).toEqual([])
    expect(made).toMatchObject({
      loginServer: LOGIN_SERVER,
      references: [`${LOGIN_SERVER}/team/web:1.2`],
      pushes: true,
      pushRegion: undefined,
      upgradeFrom: undefined,
      prune: [],
      webhooks: [],
      monthly: { added: 0, total: 100 },
    })
    expect(made.regions).toEqual([
      expect.objectContaining({ region: 'japaneast', displayName: 'Japan East', home: false, action: 'keep' }),
      expect.objectContaining({ region: 'eastus', home: true, action: 'keep', state: 'Succeeded, Ready' }),
    ])
  })

  test('creates what is missing; the home region serves before the first replica', () => {
    const { plan: made } = plan({}, { replicas: [] })
    expect(made.regions).toEqual([
      expect.objectContaining({ region: 'eastus', action: 'keep', replica: 'eastus', found: { kind: 'home' } }),
      expect.objectContaining({ region: 'japaneast', action: 'create', found: { kind: 'absent' }, state: 'missing' }),
    ])
    expect(made.monthly).toEqual({ added: 50, total: 100 })
  })

  test('a replica is known by its region, not by its name', () => {
    const { plan: made } = plan({}, { replicas: [replica('japaneast', { name: 'backup' })] })
    expect(made.regions[1]).toMatchObject({ action: 'keep', replica: 'backup' })
  })

  test('a new replica takes a name that no replica of another region has', () => {
    const replicas = [replica('westeurope', { name: 'JapanEast' }), replica('northeurope', { name: 'japaneast2' })]
    expect(plan({ regions: ['japaneast'] }, { replicas }).plan.regions[0]).toMatchObject({
      action: 'create',
      replica: 'japaneast3',
    })
  })

  test('never deletes a replica that tells no region', () => {
    const replicas = [replica('', { name: 'odd' }), replica('westeurope', { name: 'old' })]
    expect(plan({ regions: ['eastus'], pruneReplicas: true }, { replicas }).plan.prune).toEqual(['old'])
  })

  test('counts replicas nobody asked for, and deletes them only when told to; never the home region', () => {
    const replicas = [replica('eastus'), replica('westeurope', { name: 'old' }), replica('japaneast')]
    expect(plan({ regions: ['japaneast'] }, { replicas }).plan).toMatchObject({
      prune: [],
      monthly: { added: 0, total: 150 },
    })
    expect(plan({ regions: ['japaneast'], pruneReplicas: true }, { replicas }).plan).toMatchObject({
      prune: ['old'],
      monthly: { added: -50, total: 100 },
    })
  })

  test('an upgrade costs the difference', () => {
    const registry = { ...REGISTRY, sku: 'Standard' }
    const { plan: made, refusals } = plan({ upgradeToPremium: true }, { registry, replicas: [] })
    expect([made.upgradeFrom, made.monthly, refusals]).toEqual(['Standard', { added: 80, total: 100 }, []])
  })

  test.each([
    ['enabled', true, false],
    ['disabled', true, true],
    ['disabled', false, false],
  ] as const)('regional endpoints %s, wanted %s: turned on %s', (state, enableRegionalEndpoints, turned) =>
    expect(plan({ enableRegionalEndpoints }, endpoints(state)).plan.enableRegionalEndpoints).toBe(turned),
  )

  test('makes webhooks where none calls the URI yet', () => {
    const given = { webhookUri: 'https://h' }
    expect(plan(given, { notified: new Set(['eastus']) }).plan.webhooks).toEqual(['japaneast'])
    expect(plan({}).plan.webhooks).toEqual([])
  })
})

describe('refusals', () => {
  test.each<[string, Partial<Wanted>, Partial<Actual>, RegExp]>([
    ['another registry', { references: [{ ...WEB, host: 'fabrikam.azurecr.io' }] }, {}, /fabrikam.*contoso/],
    [
      'a regional host to push to',
      { references: [{ ...WEB, host: hosts('eastus').get('eastus') }] },
      {},
      /eastus\.geo/,
    ],
    ['Basic', {}, { registry: { ...REGISTRY, sku: 'Basic' } }, /is Basic; geo-replication needs Premium/],
    ['a region ACR does not offer', { regions: ['japaneats'] }, {}, /Unknown region 'japaneats'/],
    [
      'a replica it may not create',
      { regions: ['westeurope'], createReplicas: false },
      {},
      /'create-replicas' is false/,
    ],
    [
      'a failed replica',
      {},
      { replicas: [replica('japaneast', { state: { ...READY, kind: 'failed', message: '' } })] },
      /does not heal/,
    ],
    [
      'one on its way out that may not be made anew',
      { createReplicas: false },
      { replicas: [replica('japaneast', { state: { ...READY, kind: 'deleting' } })] },
      /has no replica/,
    ],
    ['endpoints nobody knows', { enableRegionalEndpoints: true }, endpoints('unknown'), /this cloud/],
    ['endpoints with content trust', { enableRegionalEndpoints: true }, endpoints('disabled', true), /Content Trust/],
    ['a push to endpoints that are off', { pushEndpoint: 'japaneast' }, endpoints('disabled'), /no regional endpoints/],
    ['a push to a region without a replica', { pushEndpoint: 'westeurope' }, {}, /has no replica yet/],
    ['image without a proof', { waitFor: 'image' }, endpoints('disabled'), /eastus, japaneast serve the image/],
    [
      'all without a proof',
      { waitFor: 'all' },
      { ...endpoints('unknown'), listening: new Map([['eastus', 'h']]) },
      /that japaneast serve/,
    ],
  ])('%s', (_, wanted, actual, message) => {
    const { refusals } = plan(wanted, actual)
    expect(refusals.map(error => error.message)).toEqual([expect.stringMatching(message)])
    expect(refusals[0]?.remedy).toMatch(/\w+ .*\w+/)
  })

  test.each<[string, Partial<Wanted>, Partial<Actual>]>([
    ['the login server in a reference', { references: [{ ...WEB, host: LOGIN_SERVER }] }, {}],
    [
      'regional hosts to wait for',
      { image: { kind: 'gate', digest: undefined }, references: [{ ...WEB, host: hosts('eastus').get('eastus') }] },
      {},
    ],
    ['a push to the home region', { pushEndpoint: 'eastus' }, { replicas: [] }],
    [
      'a push to endpoints that are turned on',
      { pushEndpoint: 'eastus', enableRegionalEndpoints: true },
      endpoints('disabled'),
    ],
    ['a push endpoint without a push', { pushEndpoint: 'x', image: { kind: 'gate', digest: undefined } }, {}],
    [
      'endpoints that are on already, with content trust',
      { enableRegionalEndpoints: true },
      endpoints('enabled', true),
    ],
    ['auto without a proof', {}, endpoints('disabled')],
    ['replica without a proof', { waitFor: 'replica' }, endpoints('disabled')],
    ['image with a webhook to be made', { waitFor: 'image', webhookUri: 'https://h' }, endpoints('disabled')],
    [
      'image with webhooks that listen',
      { waitFor: 'image' },
      { ...endpoints('disabled'), listening: new Map(['eastus', 'japaneast'].map(region => [region, 'hook'])) },
    ],
    [
      'a replica that is still being made',
      {},
      { replicas: [replica('japaneast', { state: { ...READY, kind: 'pending', message: '' } })] },
    ],
    ['any case of Premium', {}, { registry: { ...REGISTRY, sku: 'premium' } }],
  ])('none for %s', (_, wanted, actual) => expect(messages(wanted, actual)).toEqual([]))

  test('a push endpoint without a replica is told which regions have one', () => {
    expect(plan({ pushEndpoint: 'westeurope' }).refusals[0]?.remedy).toBe(
      'Name a region that has one: eastus, japaneast.',
    )
  })

  test('all are found at once', () => {
    const wanted: Partial<Wanted> = { regions: ['japaneats', 'westeurope'], createReplicas: false, waitFor: 'image' }
    expect(messages(wanted, { ...endpoints('disabled'), registry: { ...REGISTRY, sku: 'Basic' } })).toHaveLength(4)
  })
})

describe('refusal', () => {
  const [one, two] = [new StepError('conflict', 'One', { remedy: 'Do one' }), new StepError('auth', 'Two')]
  test('none is none, one is itself', () => expect([refusal([]), refusal([one])]).toEqual([undefined, one]))
  test('several are one error with every reason and remedy', () =>
    expect(refusal([one, two])).toMatchObject({
      kind: 'invalid',
      message: 'Nothing was changed or pushed, for 2 reasons: One. Do one. Two.',
    }))
})
