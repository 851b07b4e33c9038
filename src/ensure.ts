import { type Arm } from './azure/client.ts'
import { type Registry } from './azure/registry.ts'
import { type RequestedReplica, readReplica, readReplicas, requestReplica } from './azure/replications.ts'
import { type Clock } from './base/clock.ts'
import { StepError, isKind, messageOf } from './base/errors.ts'
import { type Patience } from './base/patience.ts'
import { type Inputs } from './inputs.ts'
import { type Journal } from './journal.ts'
import { type Plan, type PlannedRegion } from './plan.ts'

/** Time between two looks at a replica that is being deleted, in milliseconds. */
const PAUSE_MS = 2000

export interface EnsureOptions {
  readonly inputs: Pick<Inputs, 'references' | 'webhookUri' | 'globalEndpointRouting'>
  readonly arm: Arm
  readonly registry: Registry
  readonly patience: Patience
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
  const results = await Promise.allSettled(missing.map(planned => ensureReplica(planned, options)))
  const failures = results.flatMap(result => (result.status === 'rejected' ? [result.reason as unknown] : []))
  const [first, ...rest] = failures
  if (first === undefined) return results.flatMap(result => (result.status === 'fulfilled' ? [result.value] : []))
  if (!(first instanceof StepError)) throw new StepError('bug', messageOf(first), { cause: first })
  if (rest.length === 0) throw first
  throw new StepError(first.kind, [...new Set(failures.map(messageOf))].join('; '), {
    ...(first.remedy === undefined ? {} : { remedy: first.remedy }),
    ...(first.code === undefined ? {} : { code: first.code }),
    cause: first,
  })
}

async function ensureReplica(
  { region, replica: name, found }: PlannedRegion,
  options: EnsureOptions,
): Promise<RequestedReplica> {
  const { arm, registry, inputs, journal } = options
  if (found.kind === 'deleting') await gone(name, options)
  const create = async (): Promise<RequestedReplica> => {
    try {
      const requested = await requestReplica(arm, registry, { name, region }, inputs.globalEndpointRouting)
      journal.record({ type: 'replica-requested', region })
      return requested
    } catch (error) {
      const other = isKind(error, 'conflict') ? await underWay(region, options) : undefined
      if (other !== undefined) {
        journal.record({ type: 'note', message: `The replica in ${region} is being created by somebody else.` })
        return { name: other, region, whyFailed: () => Promise.resolve(undefined) }
      }
      throw error
    }
  }
  const what = `Create replica ${region} of ${registry.name}`
  return options.patience(what, () => arm.whileBusy(what, create))
}

/** A 409 means that another operation is under way: perhaps another run creates this region's replica, under whatever name, which is as good. */
async function underWay(region: string, { arm, registry }: EnsureOptions): Promise<string | undefined> {
  const replicas = await readReplicas(arm, registry)
  return replicas.find(replica => replica.region === region && replica.state.kind !== 'deleting')?.name
}

/**
 * Waits until a replica that somebody deletes is gone: before that, its region takes no new one.
 *
 * @throws the signal's reason, with what was waited for
 */
async function gone(name: string, { arm, registry, clock, signal, journal }: EnsureOptions): Promise<void> {
  journal.record({ type: 'note', message: `The replica ${name} is being deleted; it is created anew when it is gone.` })
  try {
    while ((await readReplica(arm, registry, name, undefined)).kind !== 'absent') await clock.sleep(PAUSE_MS, signal)
  } catch (error) {
    if (!isKind(error, 'timeout')) throw error
    throw new StepError(
      'timeout',
      `${error.message}: the replica ${name} is still being deleted, and nothing was pushed`,
      {
        remedy: 'Run the job again when it is gone; see the activity log of the registry.',
        cause: error,
      },
    )
  }
}
