import { createHash } from 'node:crypto'
import { type StepError } from '../../src/base/errors.ts'
import { createJournal, type Entry, type Journal, type JournalEvent } from '../../src/journal.ts'
import { type Plan, type PlannedRegion } from '../../src/plan.ts'
import { type RegionResult } from '../../src/gate.ts'
import { type RegionReport } from '../../src/region-report.ts'
import { type Reference } from '../../src/registry/reference.ts'
import { createFakeClock } from '../support/fake-clock.ts'

export const LOGIN_SERVER = 'contoso.azurecr.io'
export const WEB: Reference = { host: undefined, repository: 'team/web', tag: '1.2' }
export const READY = { kind: 'ready', provisioningState: 'Succeeded', status: 'Ready' } as const

/** The digest of a text. */
export function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text, 'utf8').digest('hex')}`
}

/** What a call throws; undefined when it does not. */
export function thrownBy(work: () => unknown): unknown {
  try {
    work()
    return undefined
  } catch (error) {
    return error
  }
}

/** What a promise rejects with, as the error it has to be. */
export async function rejection(promise: Promise<unknown>): Promise<StepError> {
  const settled = await promise.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (settled instanceof Error) return settled as StepError
  throw new Error('it did not reject with an error')
}

export function quietJournal(): Journal {
  return createJournal(createFakeClock())
}

/** An event with a time. */
export function entry(event: JournalEvent, at = 0): Entry {
  return { ...event, at }
}

export function plannedRegion(region: string, more: Partial<PlannedRegion> = {}): PlannedRegion {
  return {
    region,
    displayName: region.toUpperCase(),
    home: false,
    action: 'keep',
    replica: region,
    found: READY,
    state: 'Succeeded, Ready',
    ...more,
  }
}

export function planOf(regions: readonly PlannedRegion[], more: Partial<Plan> = {}): Plan {
  return {
    registry: 'contoso',
    loginServer: LOGIN_SERVER,
    regions,
    references: [`${LOGIN_SERVER}/team/web:1.2`],
    pushes: true,
    pushRegion: undefined,
    upgradeFrom: undefined,
    enableRegionalEndpoints: false,
    webhooks: [],
    prune: [],
    monthly: { added: 0, total: 50 },
    ...more,
  }
}

export function resultOf(region: string, more: Partial<RegionResult> = {}): RegionResult {
  return {
    region,
    outcome: 'ready',
    replica: READY,
    image: { kind: 'served', proof: 'regional-endpoint' },
    proof: 'regional-endpoint',
    readyAfterMs: 1000,
    detail: 'replica Succeeded, Ready; serves the image',
    remedy: '',
    ...more,
  }
}

export function reportOf(region: string, more: Partial<RegionReport> = {}): RegionReport {
  return {
    region,
    displayName: region.toUpperCase(),
    home: false,
    created: false,
    provisioningState: 'Succeeded',
    status: 'Ready',
    ready: true,
    proof: 'regional-endpoint',
    digest: null,
    image: `${LOGIN_SERVER}/team/web:1.2`,
    seconds: 1,
    detail: '',
    name: region,
    remedy: '',
    failed: false,
    ...more,
  }
}
