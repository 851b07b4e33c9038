import { describe, expect, test } from '@jest/globals'
import { StepError } from '../../src/base/errors.ts'
import { readInputs } from '../../src/inputs.ts'
import { type Outcome } from '../../src/journal.ts'
import { type Outputs, createOutputs } from '../../src/outputs.ts'
import { type RunState, notReady, setDigest, settleRegions, warnUnproved } from '../../src/run-state.ts'
import { LOGIN_SERVER, digestOf, planOf, plannedRegion, quietJournal, resultOf } from './fixtures.ts'

const DIGEST = digestOf('image')
const REGIONAL = 'contoso.eastus.geo.azurecr.io'
const inputsWith = (texts: Record<string, string> = {}) => {
  const all: Record<string, string> = { image: `${LOGIN_SERVER}/team/web:1.2`, regions: 'eastus, japaneast', ...texts }
  return readInputs(name => all[name] ?? '', {})
}
const failed: Outcome = { kind: 'failed', error: new Error('x') }
const never = new AbortController().signal

/** A run as far as its plan. */
function started(more: Partial<RunState> = {}) {
  const outputs: Partial<Record<keyof Outputs, unknown>> = {}
  const state: RunState = {
    journal: quietJournal(),
    setOutputs: set => Object.assign(outputs, set),
    inputs: inputsWith(),
    plan: planOf([plannedRegion('eastus'), plannedRegion('japaneast')]),
    hostOf: region => (region === 'eastus' ? REGIONAL : undefined),
    ...more,
  }
  return { state, outputs }
}

describe('settleRegions', () => {
  test('sets every output that is known, with the login server where a region has no endpoint', () => {
    const { state, outputs } = started({ digest: DIGEST, results: ['eastus', 'japaneast'].map(name => resultOf(name)) })
    state.journal.record({ type: 'replica-requested', region: 'japaneast' })
    settleRegions(state, { kind: 'succeeded' })
    expect(outputs).toMatchObject({
      image: `${LOGIN_SERVER}/team/web:1.2`,
      images: { eastus: `${REGIONAL}/team/web:1.2`, japaneast: `${LOGIN_SERVER}/team/web:1.2` },
      ready: true,
      'ready-regions': ['eastus', 'japaneast'],
      'pending-regions': [],
      'created-replicas': ['japaneast'],
      matrix: { include: [{ region: 'eastus', endpoint: REGIONAL }, { region: 'japaneast' }] },
      replicas: [{ created: false }, { created: true, digest: DIGEST }],
    })
    expect(state.journal.entries.at(-1)).toMatchObject({ type: 'regions-settled', failed: false })
  })

  test('one region that is not ready makes the whole not ready', () => {
    const results = [resultOf('eastus'), resultOf('japaneast', { outcome: 'pending', proof: 'none' })]
    const { state, outputs } = started({ digest: DIGEST, results })
    settleRegions(state, failed)
    expect(outputs).toMatchObject({ ready: false, 'ready-regions': ['eastus'], 'pending-regions': ['japaneast'] })
    expect(state.journal.entries.at(-1)).toMatchObject({ type: 'regions-settled', failed: true })
  })

  test('regions nobody waited for are pending', () => {
    const { state, outputs } = started()
    settleRegions(state, failed)
    expect(outputs).toMatchObject({ ready: false, 'pending-regions': ['eastus', 'japaneast'] })
  })

  test('a dry run makes nothing ready and settles nothing', () => {
    const { state, outputs } = started()
    settleRegions(state, { kind: 'planned' })
    expect([outputs.ready, state.journal.entries]).toEqual([false, []])
  })

  test('before the plan there is nothing to say', () => {
    const { state, outputs } = started()
    delete state.plan
    settleRegions(state, failed)
    setDigest(state, DIGEST)
    expect([outputs, state.digest]).toEqual([{}, DIGEST])
  })
})

test('setDigest sets the outputs that hang on it', () => {
  const { state, outputs } = started()
  setDigest(state, DIGEST)
  expect(outputs).toEqual({ digest: DIGEST, 'image-digest': `${LOGIN_SERVER}/team/web@${DIGEST}` })
})

describe('notReady', () => {
  const late = resultOf('japaneast', { outcome: 'pending', detail: 'replica Creating for 90s', remedy: 'Wait.' })

  test('is no error when all are ready', () => expect(notReady([resultOf('eastus')], never)).toBeUndefined())

  test('names every region that is not, with its state and what to do', () => {
    const bad = resultOf('westus', { outcome: 'failed', detail: 'gone', remedy: 'Look.' })
    expect(notReady([resultOf('eastus'), late, bad, { ...bad, region: 'x' }], never)).toMatchObject({
      kind: 'conflict',
      message: expect.stringMatching(
        /^3 of 4 regions are not ready\. japaneast: replica Creating for 90s\. westus: gone/,
      ),
      remedy: 'Wait. Look.',
    })
  })

  test('says why the run ended, and keeps how', () => {
    const reason = new StepError('cancelled', 'The run was cancelled (SIGTERM)', { code: 'SIGTERM' })
    expect(notReady([late], AbortSignal.abort(reason))).toMatchObject({
      kind: 'cancelled',
      code: 'SIGTERM',
      message: expect.stringMatching(/^The run was cancelled \(SIGTERM\): 1 of 1 regions is not ready/),
    })
  })
})

describe('warnUnproved', () => {
  const unproved = resultOf('japaneast', { proof: 'none', image: { kind: 'unprovable', detail: 'no endpoints' } })
  const warnings = (results: (typeof unproved)[], texts?: Record<string, string>) => {
    const journal = quietJournal()
    warnUnproved(inputsWith(texts), results, journal)
    return journal.entries
  }

  test('says once for which regions, why, and how to make them provable', () => {
    const entries = warnings([resultOf('eastus'), unproved, { ...unproved, region: 'westus' }])
    expect(entries).toHaveLength(1)
    expect(entries[0]).toMatchObject({ type: 'warning', message: expect.stringContaining('japaneast, westus serve') })
    expect(JSON.stringify(entries)).toMatch(/no endpoints.*enable-regional-endpoints.*webhook-uri/)
    expect(JSON.stringify(entries)).not.toContain('eastus,')
  })

  test.each<[string, (typeof unproved)[], Record<string, string>]>([
    ['all are proved', [resultOf('eastus')], {}],
    ['it is not ready anyway', [{ ...unproved, outcome: 'pending' }], {}],
    ['nobody asked for a proof', [unproved], { 'wait-for': 'replica' }],
  ])('says nothing where %s', (_, results, texts) => expect(warnings(results, texts)).toEqual([]))
})

describe('createOutputs', () => {
  test('is JSON from the first moment on, and nothing is ready', () => {
    const set: Record<string, string> = {}
    const setOutputs = createOutputs((name, value) => (set[name] = value))
    expect(set).toEqual({
      images: '{}',
      matrix: '{"include":[]}',
      replicas: '[]',
      ready: 'false',
      'ready-regions': '',
      'pending-regions': '',
      'created-replicas': '',
    })
    setOutputs({ digest: DIGEST, ready: true, 'ready-regions': ['a', 'b'], images: { a: 'x' }, replicas: [{ b: 1 }] })
    expect(set).toMatchObject({ digest: DIGEST, ready: 'true', 'ready-regions': 'a,b', images: '{"a":"x"}' })
    expect(set['replicas']).toBe('[{"b":1}]')
  })
})
