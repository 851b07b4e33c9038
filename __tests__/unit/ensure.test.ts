import { describe, expect, test } from '@jest/globals'
import { type Arm } from '../../src/azure/client.ts'
import { StepError } from '../../src/base/errors.ts'
import { type EnsureOptions, ensureReplicas } from '../../src/ensure.ts'
import { createJournal } from '../../src/journal.ts'
import { type Plan, type PlannedRegion } from '../../src/plan.ts'
import { createFakeClock } from '../support/fake-clock.ts'

const READY = { kind: 'ready', provisioningState: 'Succeeded', status: 'Ready' } as const

/** ARM with the replicas of one registry: what each GET finds, one answer after the other, and what a create throws. */
function scene(gets: readonly (string | undefined)[] = [], refusal?: StepError, location = 'eastus') {
  const answers = [...gets]
  const created: string[] = []
  const clock = createFakeClock()
  const journal = createJournal(clock)
  const replications = {
    get: () => {
      const provisioningState = answers.shift()
      if (provisioningState === undefined) throw new StepError('not-found', 'no such replica')
      return Promise.resolve({ provisioningState, location })
    },
    create: (_group: string, _registry: string, name: string) => {
      if (refusal !== undefined) throw refusal
      created.push(name)
      return { submitted: () => Promise.resolve() }
    },
  }
  const arm = {
    sdk: { replications },
    call: async (_what: string, operation: (options: object) => unknown) => operation({}),
    whileBusy: (_what: string, change: () => unknown) => change(),
    url: (path: string) => path,
    request: async () => ({ value: [{ name: 'east', location }] }),
  } as unknown as Arm
  const options: EnsureOptions = {
    arm,
    registry: { name: 'contoso', resourceGroup: 'rg' } as EnsureOptions['registry'],
    inputs: { references: [] as never, webhookUri: undefined, globalEndpointRouting: true },
    patience: (_what, work) => work(),
    clock,
    signal: new AbortController().signal,
    journal,
  }
  return { options, created, clock, journal }
}

const region = (name: string, more: Partial<PlannedRegion>): PlannedRegion => ({
  region: name,
  displayName: name,
  home: false,
  action: 'create',
  replica: name,
  found: { kind: 'absent' },
  state: 'missing',
  ...more,
})
const plan = (...regions: PlannedRegion[]) => ({ regions }) as unknown as Plan

describe('ensureReplicas', () => {
  test('requests what is missing, and nothing else', async () => {
    const { options, created, journal } = scene()
    await ensureReplicas(plan(region('eastus', {}), region('westus', { action: 'keep', found: READY })), options)
    expect(created).toEqual(['eastus'])
    expect(journal.entries.flatMap(entry => (entry.type === 'replica-requested' ? [entry.region] : []))).toEqual([
      'eastus',
    ])
  })

  test('waits until one that is on its way out is gone', async () => {
    const { options, created, clock } = scene(['Deleting', 'Deleting', undefined])
    const found = { kind: 'deleting', provisioningState: 'Deleting', status: '' } as const
    await ensureReplicas(plan(region('eastus', { replica: 'east', found })), options)
    expect([created, clock.sleeps.length]).toEqual([['east'], 2])
  })

  test('takes a replica that another run creates for its own, and does not call it created', async () => {
    const { options, journal } = scene(['Creating'], new StepError('conflict', 'in progress', { status: 409 }))
    const requested = await ensureReplicas(plan(region('eastus', {})), options)
    // Under whatever name.
    expect(requested.map(({ name }) => name)).toEqual(['east'])
    expect(journal.entries.map(({ type }) => type)).toEqual(['note'])
  })

  test('does not take a replica of that name in another region for its own', async () => {
    const refusal = new StepError('conflict', 'invalid location', { status: 409 })
    const { options } = scene(['Succeeded'], refusal, 'West Europe')
    await expect(ensureReplicas(plan(region('eastus', {})), options)).rejects.toBe(refusal)
  })

  test('a conflict with something else is an error', async () => {
    const { options } = scene([undefined], new StepError('conflict', 'locked', { status: 409 }))
    await expect(ensureReplicas(plan(region('eastus', {})), options)).rejects.toMatchObject({
      kind: 'conflict',
      message: 'locked',
    })
  })

  test('says once what every region was refused for', async () => {
    const { options } = scene([], new StepError('forbidden', 'no right', { remedy: 'Ask for it.' }))
    await expect(ensureReplicas(plan(region('eastus', {}), region('westus', {})), options)).rejects.toMatchObject({
      kind: 'forbidden',
      message: 'no right',
      remedy: 'Ask for it.',
    })
  })
})
