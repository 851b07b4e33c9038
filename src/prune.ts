import { type Arm } from './azure/client.ts'
import { type Registry } from './azure/registry.ts'
import { deleteReplica, readReplica } from './azure/replications.ts'
import { type Clock } from './base/clock.ts'
import { StepError, explain, isKind } from './base/errors.ts'
import { type Patience } from './base/patience.ts'
import { type Journal } from './journal.ts'
import { type Plan } from './plan.ts'

export interface PruneOptions {
  readonly arm: Arm
  readonly registry: Registry
  readonly patience: Patience
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly journal: Journal
}

/** Time between two looks at a replica that is being deleted, in milliseconds. */
const PAUSE_MS = 2000

/**
 * Deletes the replicas the plan names: those that were not asked for, never the home region's. Called only after every region was found
 * ready. Done when ARM has them no more.
 *
 * @throws StepError that names every replica that could not be deleted
 */
export async function pruneReplicas({ prune }: Plan, options: PruneOptions): Promise<void> {
  const results = await Promise.allSettled(prune.map(name => pruneReplica(name, options)))
  const failures = results.flatMap((result, index) =>
    result.status === 'rejected' ? [`${prune[index]}: ${explain(result.reason)}`] : [],
  )
  if (failures.length === 0) return
  const reason: unknown = options.signal.aborted ? options.signal.reason : undefined
  const cancelled = isKind(reason, 'cancelled') ? reason : undefined
  throw new StepError(
    cancelled?.kind ?? 'conflict',
    `Every region is ready, but not every replica could be deleted. ${failures.join(' ')}`,
    {
      remedy: "Delete them by hand, or leave 'prune-replicas' out.",
      ...(cancelled?.code === undefined ? {} : { code: cancelled.code }),
    },
  )
}

async function pruneReplica(
  name: string,
  { arm, registry, patience, clock, signal, journal }: PruneOptions,
): Promise<void> {
  await patience(`Delete replica ${name} of ${registry.name}`, () => deleteReplica(arm, registry, name))
  journal.record({ type: 'changed', what: `deletion of the replica ${name} requested` })
  // The operation lives at subscription scope, where the identity may have no rights: the replica itself tells.
  for (;;) {
    const state = await readReplica(arm, registry, name, undefined)
    if (state.kind === 'absent') break
    if (state.kind === 'failed') {
      throw new StepError('conflict', 'its deletion failed', { remedy: 'See the activity log of the registry.' })
    }
    await clock.sleep(PAUSE_MS, signal)
  }
  journal.record({ type: 'note', message: `The replica ${name} is deleted.` })
}
