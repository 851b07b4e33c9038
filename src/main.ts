import type * as toolkit from '@actions/core'
import { type HttpClient } from '@azure/core-rest-pipeline'
import { type Clock } from './base/clock.ts'
import { type Deadline, startDeadline } from './base/deadline.ts'
import { StepError, isKind } from './base/errors.ts'
import { createPatience } from './base/patience.ts'
import { type RetryNotice } from './base/retry.ts'
import { gateBlindly } from './blind-gate.ts'
import { connect } from './connect.ts'
import { type Delivery, deliver, rehearse } from './deliver.ts'
import { explore } from './discover.ts'
import { dryRunPlan } from './dry-run.ts'
import { type Inputs, readInputs } from './inputs.ts'
import { type Journal, type Outcome, createJournal } from './journal.ts'
import { maskSecrets } from './mask.ts'
import { createOutputs } from './outputs.ts'
import { makePlan } from './plan.ts'
import { findSource } from './publish.ts'
import { refusal } from './refusals.ts'
import { createAnnotations } from './report/annotations.ts'
import { type CommitStatuses, createCommitStatuses } from './report/commit-status.ts'
import { createLog } from './report/log.ts'
import { printable } from './report/printable.ts'
import { writeSummary } from './report/summary-file.ts'
import { type RunState, settleRegions } from './run-state.ts'
import { keepSecret } from './secrets.ts'

/** The world outside, as the step needs it: the runner's toolkit, the network, time. */
export interface Deps {
  readonly core: Core
  readonly env: Readonly<Record<string, string | undefined>>
  readonly http: HttpClient
  readonly clock: Clock
  /** Aborts when the run is cancelled. */
  readonly cancelled: AbortSignal
}

export type Core = Pick<
  typeof toolkit,
  | 'getInput'
  | 'setOutput'
  | 'setSecret'
  | 'saveState'
  | 'getIDToken'
  | 'info'
  | 'debug'
  | 'error'
  | 'warning'
  | 'summary'
>

/** How long the last commit statuses may take, in milliseconds: a cancelled step is killed soon. */
const STATUS_MS = 5_000
const STATUS_MS_CANCELLED = 1_000

/** Runs the step. Never throws: whatever happens becomes outputs, log, annotations and summary. */
export async function run(deps: Deps): Promise<Outcome> {
  const { core, clock, env } = deps
  const journal = createJournal(clock, createLog(core.info, core.debug), createAnnotations(core))
  const state: RunState = { journal, setOutputs: createOutputs(core.setOutput) }
  const startedAt = clock.now()
  const outcome = await attempt(deps, state)
  settleRegions(state, outcome)
  journal.record({ type: 'finished', outcome, ms: clock.now() - startedAt })
  if (state.inputs?.summary !== false) await writeSummary(journal, core, env)
  await state.statuses?.done(outcome.kind === 'cancelled' ? STATUS_MS_CANCELLED : STATUS_MS)
  return outcome
}

/** Whoever learns a secret tells it here first: to the runner, and to ourselves. */
function secretTo(core: Core): (secret: string) => void {
  return secret => {
    keepSecret(secret)
    core.setSecret(secret)
  }
}

async function attempt(deps: Deps, state: RunState): Promise<Outcome> {
  let deadline: Deadline | undefined
  try {
    const inputs = readInputs(name => deps.core.getInput(name), deps.env)
    state.inputs = inputs
    const [{ repository, tag }] = inputs.references
    state.setOutputs({ repository, tag, 'pending-regions': inputs.regions })
    if (inputs.dryRun) state.setOutputs({ 'dry-run-plan': {} })
    maskSecrets(inputs, secretTo(deps.core))
    state.statuses = watchStatuses(inputs, state.journal, deps.core)
    deadline = startDeadline(inputs.timeoutMs, deps.clock, deps.cancelled)
    return await phases(inputs, deps, deadline, state)
  } catch (error) {
    return isKind(error, 'cancelled') ? { kind: 'cancelled', error } : { kind: 'failed', error }
  } finally {
    deadline?.end()
  }
}

function watchStatuses({ statusToken, dryRun }: Inputs, journal: Journal, core: Core): CommitStatuses | undefined {
  if (statusToken === undefined || dryRun) return undefined
  const statuses = createCommitStatuses(statusToken, message =>
    core.warning(printable(message), { title: 'acr-geo-push' }),
  )
  journal.addView(statuses.view)
  return statuses
}

/** The run, phase by phase: discover, plan, ensure while pushing, gate. */
async function phases(inputs: Inputs, deps: Deps, deadline: Deadline, state: RunState): Promise<Outcome> {
  const { core, clock, http } = deps
  const { journal, setOutputs } = state
  const { signal } = deadline
  const docker = { env: inputs.runner.childEnv, signal }

  const connection = connect(inputs, { http, clock, signal, journal, mask: secretTo(core), idToken: core.getIDToken })
  const onRetry = (notice: RetryNotice) => journal.record({ type: 'retrying', notice })
  const patience = createPatience(inputs.timeoutMs, { clock, signal, onRetry })
  const found = await explore(connection, inputs, journal, patience)
  if (found.kind === 'unreadable') {
    return gateBlindly({
      inputs,
      cause: found.error,
      entraTokens: connection.entraTokens,
      deadline,
      clock,
      http,
      mask: secretTo(core),
      state,
    })
  }
  const { arm, discovery } = found
  const { loginServer } = discovery.registry
  setOutputs({ 'login-server': loginServer })
  state.hostOf = region => discovery.endpoints.hosts.get(region)

  const { plan, refusals } = makePlan(inputs, discovery)
  state.plan = plan
  const source =
    inputs.image.kind === 'push' ? findSource(inputs, loginServer, docker, { clock, signal, onRetry }) : undefined
  const more = await refusalOf(source, signal).catch((error: unknown) => {
    // What is known already outweighs a docker that does not answer.
    if (refusals.length > 0 && isKind(error, 'timeout')) return []
    throw error
  })
  const refused = refusal([...refusals, ...more])
  if (refused !== undefined) throw refused
  journal.record({ type: 'planned', plan })
  const delivery: Delivery = {
    inputs,
    arm,
    entraTokens: connection.entraTokens,
    discovery,
    plan,
    source: await source,
    docker,
    deadline,
    patience,
    clock,
    http,
    mask: secretTo(core),
    onConfig: dir => core.saveState('docker-config', dir),
    state,
  }
  if (!inputs.dryRun) return deliver(delivery)
  setOutputs({ 'dry-run-plan': dryRunPlan(plan, discovery.registry) })
  await rehearse(delivery)
  return { kind: 'planned' }
}

/** Why there is no local image to push, as one more reason not to start. */
async function refusalOf(source: Promise<unknown> | undefined, signal: AbortSignal): Promise<StepError[]> {
  try {
    await source
    return []
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof StepError) return [error]
    throw error
  }
}
