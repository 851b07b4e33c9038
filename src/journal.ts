import { type Clock } from './base/clock.ts'
import { type RetryNotice } from './base/retry.ts'
import { type Proof } from './registry/image-state.ts'
import { type Plan } from './plan.ts'
import { type RegionReport } from './region-report.ts'

/** What happens during a run. Phases only say this; log, annotations, summary and tests are views of it. */
export type JournalEvent =
  | { readonly type: 'signing-in'; readonly method: string; readonly why: string }
  | {
      readonly type: 'registry-found'
      readonly name: string
      readonly sku: string
      readonly homeRegion: string
      readonly loginServer: string
      readonly resourceGroup: string
      readonly replicas: number
      readonly regionalEndpoints: string
    }
  | { readonly type: 'planned'; readonly plan: Plan }
  | { readonly type: 'replica-requested'; readonly region: string }
  | {
      readonly type: 'replica-changed'
      readonly region: string
      readonly state: string
      /** How long the state before it lasted, in milliseconds; undefined for the first. */
      readonly stayedMs: number | undefined
    }
  | {
      readonly type: 'image-changed'
      readonly region: string
      readonly state: string /** How long the state before it lasted, in milliseconds; undefined for the first. */
      readonly stayedMs: number | undefined
    }
  | { readonly type: 'push-started'; readonly reference: string; readonly attempt: number }
  | { readonly type: 'docker-output'; readonly line: string }
  | { readonly type: 'pushed'; readonly reference: string; readonly digest: string; readonly ms: number }
  | { readonly type: 'digest-confirmed'; readonly digest: string; readonly host: string }
  | { readonly type: 'retrying'; readonly notice: RetryNotice }
  | { readonly type: 'region-ready'; readonly region: string; readonly proof: Proof; readonly afterMs: number }
  | { readonly type: 'region-failed'; readonly region: string; readonly detail: string; readonly remedy: string }
  | { readonly type: 'region-regressed'; readonly region: string; readonly detail: string }
  | { readonly type: 'waiting'; readonly regions: readonly string[]; readonly leftMs: number }
  | { readonly type: 'warning'; readonly title: string; readonly message: string }
  | { readonly type: 'note'; readonly message: string }
  /** Something in Azure was changed, other than the replicas requested: what, in words. */
  | { readonly type: 'changed'; readonly what: string }
  /** `failed`: those that are not ready were waited for. */
  | { readonly type: 'regions-settled'; readonly regions: readonly RegionReport[]; readonly failed: boolean }
  | { readonly type: 'finished'; readonly outcome: Outcome; readonly ms: number }

/** How a run ended. */
export type Outcome =
  | { readonly kind: 'succeeded' }
  | { readonly kind: 'planned' }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'cancelled'; readonly error: unknown }

/** An event with its time, milliseconds since the epoch. */
export type Entry = JournalEvent & { readonly at: number }

export interface Journal {
  readonly entries: readonly Entry[]
  record(event: JournalEvent): void
  /** One more view, from here on. */
  addView(view: (entry: Entry) => void): void
}

/** A journal that tells its views of every event as it is recorded. */
export function createJournal(clock: Clock, ...firstViews: readonly ((entry: Entry) => void)[]): Journal {
  const views = [...firstViews]
  const entries: Entry[] = []
  return {
    entries,
    addView: view => void views.push(view),
    record(event) {
      const entry = { ...event, at: clock.now() }
      entries.push(entry)
      for (const view of views) view(entry)
    },
  }
}
