import { readReplica } from './azure/replications.ts'
import { createWebhook } from './azure/webhooks.ts'
import { StepError, isKind } from './base/errors.ts'
import { type RetryNotice, retry } from './base/retry.ts'
import { type EnsureOptions } from './ensure.ts'
import { type Plan } from './plan.ts'
import { BAD_LOOKS } from './verdict.ts'

/** Time between two looks at a replica that cannot have a webhook yet, in milliseconds. */
const PAUSE_MS = 3000

/**
 * Makes the webhooks the plan names, for every repository of the image. They have to be there before the push: one that is made after
 * it misses it. A region whose replica is still being created takes no webhook yet, so that is waited for.
 *
 * @returns the regions with the webhook to listen to: only where one webhook hears of every reference
 */
export async function ensureWebhooks(plan: Plan, options: EnsureOptions): Promise<Map<string, string>> {
  const { references, webhookUri } = options.inputs
  const made = new Map<string, string>()
  if (webhookUri === undefined) return made
  const repositories = [...new Set(references.map(({ repository }) => repository))]
  const ensure = async (region: string): Promise<void> => {
    const replica = plan.regions.find(planned => planned.region === region && planned.action === 'create')?.replica
    const isNew = replica !== undefined
    if (isNew) await created(replica, region, options)
    for (const repository of repositories) {
      const name = await make(region, repository, webhookUri, isNew, options)
      if (repositories.length === 1) made.set(region, name)
    }
  }
  await Promise.all(plan.webhooks.map(ensure))
  return made
}

/**
 * Waits until a replica that was just requested exists. Whether it becomes ready is the gate's to see.
 *
 * @throws StepError `conflict` when it is gone: one answer may be wrong, several in a row are not
 */
async function created(
  name: string,
  region: string,
  { arm, registry, clock, signal, journal }: EnsureOptions,
): Promise<void> {
  journal.record({
    type: 'note',
    message: `${region}: the push waits for the replica, which can have no webhook before it exists.`,
  })
  for (let missed = 0; missed < BAD_LOOKS;) {
    const state = await readReplica(arm, registry, name, region)
    missed = state.kind === 'absent' ? missed + 1 : 0
    if ('provisioningState' in state && state.provisioningState.toLowerCase() !== 'creating') return
    await clock.sleep(PAUSE_MS, signal)
  }
  throw new StepError(
    'conflict',
    `The replica in ${region} is gone: Azure rolled its creation back, or somebody deleted it`,
    {
      remedy: 'See the activity log of the registry.',
    },
  )
}

async function make(
  region: string,
  repository: string,
  uri: string,
  isNew: boolean,
  { arm, registry, patience, clock, signal, journal }: EnsureOptions,
): Promise<string> {
  const what = `Create a webhook in ${region}`
  const onRetry = (notice: RetryNotice) => journal.record({ type: 'retrying', notice })
  const create = () =>
    retry(
      what,
      async () => {
        try {
          return await createWebhook(arm, registry, region, repository, uri)
        } catch (error) {
          if (!isNew || !isKind(error, 'conflict', 'not-found', 'invalid')) throw error
          throw new StepError('transient', `the new replica in ${region} takes no webhook yet: ${error.message}`, {
            cause: error,
          })
        }
      },
      { clock, signal, attempts: 8, baseMs: 2000, onRetry },
    )
  const { name } = await patience(what, create)
  journal.record({ type: 'changed', what: `webhook ${name} made in ${region} for ${repository}` })
  return name
}
