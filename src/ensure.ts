import { type Arm } from './azure/client.ts'
import { type Registry } from './azure/registry.ts'
import { type RequestedReplica, readReplica, requestReplica } from './azure/replications.ts'
import { type Clock } from './base/clock.ts'
import { StepError, isKind, messageOf } from './base/errors.ts'
import { retry } from './base/retry.ts'
import { type Inputs } from './inputs.ts'
import { type Journal } from './journal.ts'
import { type Plan } from './plan.ts'

export interface EnsureOptions {
  readonly inputs: Pick<Inputs, 'references' | 'webhookUri' | 'globalEndpointRouting'>
  readonly arm: Arm
  readonly registry: Registry
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly journal: Journal
}

/**
 * Requests all missing replicas at once. Done when ARM has accepted them; becoming Ready takes minutes and is the gate's to see.
 *
 * @throws the first refusal, with all regions that were refused in its message
 */
export async function ensureReplicas(plan: Plan, options: EnsureOptions): Promise<RequestedReplica[]> {
  const missing = plan.regions.filter(({ action }) => action === 'create')
  const results = await Promise.allSettled(missing.map(({ region }) => ensureReplica(region, options)))
  options.signal.throwIfAborted()
  const failures = results.flatMap(result => (result.status === 'rejected' ? [result.reason as unknown] : []))
  const [first, ...rest] = failures
  if (first === undefined) return results.flatMap(result => (result.status === 'fulfilled' ? [result.value] : []))
  if (!(first instanceof StepError)) throw new StepError('bug', messageOf(first), { cause: first })
  if (rest.length === 0) throw first
  throw new StepError(first.kind, failures.map(messageOf).join('; '), {
    ...(first.remedy === undefined ? {} : { remedy: first.remedy }),
    cause: first,
  })
}

async function ensureReplica(region: string, options: EnsureOptions): Promise<RequestedReplica> {
  const { arm, registry, inputs, clock, signal, journal } = options
  return retry(
    `Create replica ${region} of ${registry.name}`,
    async () => {
      try {
        const requested = await requestReplica(arm, registry, region, inputs.globalEndpointRouting)
        journal.record({ type: 'replica-requested', region })
        return requested
      } catch (error) {
        if (!isKind(error, 'conflict') || error.code === 'MissingSubscriptionRegistration') throw error
        return await afterConflict(region, error, options)
      }
    },
    { clock, signal, onRetry: notice => journal.record({ type: 'retrying', notice }), attempts: 8, baseMs: 2000 },
  )
}

/** A 409 means that another operation is under way: perhaps another run creates this very replica, which is as good. */
async function afterConflict(
  region: string,
  conflict: StepError,
  { arm, registry, journal }: EnsureOptions,
): Promise<RequestedReplica> {
  const state = await readReplica(arm, registry, region)
  if (state.kind === 'absent' || state.kind === 'deleting') {
    throw new StepError('transient', conflict.message, {
      ...(conflict.remedy === undefined ? {} : { remedy: conflict.remedy }),
      ...(conflict.retryAfterMs === undefined ? {} : { retryAfterMs: conflict.retryAfterMs }),
      cause: conflict,
    })
  }
  journal.record({ type: 'note', message: `The replica in ${region} is being created by somebody else.` })
  return { name: region, region, whyFailed: () => Promise.resolve(undefined) }
}
