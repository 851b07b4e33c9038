import { StepError, isKind, messageOf } from './base/errors.ts'
import { type RegionResult } from './watch.ts'
import { type Inputs } from './inputs.ts'
import { type Journal, type Outcome } from './journal.ts'
import { type SetOutputs } from './outputs.ts'
import { type Plan } from './plan.ts'
import { type ReportContext, matrixEntry, replicaEntry, reportRegion } from './region-report.ts'
import { type CommitStatuses } from './report/commit-status.ts'
import { digested, tagged } from './registry/reference.ts'

/** What is known so far. It grows as the run goes on, so that whatever ends the run, outputs and summary say how far it came. */
export interface RunState {
  readonly journal: Journal
  readonly setOutputs: SetOutputs
  inputs?: Inputs
  plan?: Plan
  digest?: string
  results?: readonly RegionResult[]
  /** The regional endpoint of a region, where ARM named one. */
  hostOf?: (region: string) => string | undefined
  statuses?: CommitStatuses | undefined
}

/** Notes the digest and sets the outputs that hang on it. */
export function setDigest(state: RunState, digest: string): void {
  state.digest = digest
  const { inputs, plan } = state
  if (inputs === undefined || plan === undefined) return
  state.setOutputs({ digest, 'image-digest': digested(plan.loginServer, inputs.references[0].repository, digest) })
}

/** Tells what came of every region: in the journal and in the outputs. */
export function settleRegions(state: RunState, outcome: Outcome): void {
  const { inputs, plan, results = [], journal, setOutputs } = state
  if (inputs === undefined || plan === undefined) return
  const [primary] = inputs.references
  const created = new Set(journal.entries.flatMap(entry => (entry.type === 'replica-requested' ? [entry.region] : [])))
  const context: ReportContext = {
    primary,
    digest: state.digest,
    created,
    hostOf: region => state.hostOf?.(region) ?? plan.loginServer,
  }
  const reports = plan.regions.map(planned =>
    reportRegion(
      planned,
      results.find(({ region }) => region === planned.region),
      context,
    ),
  )
  setOutputs({
    image: tagged(plan.loginServer, primary),
    images: Object.fromEntries(reports.map(({ region, image }) => [region, image])),
    matrix: { include: reports.map(report => matrixEntry(report, context)) },
    replicas: reports.map(replicaEntry),
    ready: outcome.kind !== 'planned' && reports.every(({ ready }) => ready),
    'ready-regions': reports.filter(({ ready }) => ready).map(({ region }) => region),
    'pending-regions': reports.filter(({ ready }) => !ready).map(({ region }) => region),
    'created-replicas': [...created],
  })
  if (outcome.kind === 'planned') return
  journal.record({
    type: 'regions-settled',
    regions: reports,
    failed: wereWaitedFor(state, outcome),
  })
}

/** Whether a region that is not ready is one that was waited for: until there was an image, or until the time was over. */
function wereWaitedFor({ digest, results = [] }: RunState, outcome: Outcome): boolean {
  if (outcome.kind === 'succeeded' || outcome.kind === 'planned') return false
  return digest !== undefined || (results.length > 0 && isKind(outcome.error, 'timeout'))
}

/** The error for regions that are not ready; undefined when all are. */
export function notReady(results: readonly RegionResult[], signal: AbortSignal): StepError | undefined {
  const missing = results.filter(({ outcome }) => outcome !== 'ready')
  if (missing.length === 0) return undefined
  const reason: unknown = signal.aborted ? signal.reason : undefined
  const list = missing.map(({ region, detail }) => `${region}: ${detail}`).join('. ')
  const what = `${missing.length} of ${results.length} regions ${missing.length === 1 ? 'is' : 'are'} not ready. ${list}`
  if (reason instanceof StepError) {
    return new StepError(reason.kind, `${messageOf(reason)}: ${what}`, {
      ...(reason.remedy === undefined ? {} : { remedy: reason.remedy }),
      ...(reason.code === undefined ? {} : { code: reason.code }),
      cause: reason,
    })
  }
  const remedies = [...new Set(missing.map(({ remedy }) => remedy).filter(remedy => remedy !== ''))]
  return new StepError('conflict', what, { remedy: remedies.join(' ') || 'See the states above.' })
}

/** With `wait-for: auto`, says once for which regions nothing was proved, and how to make it provable. */
export function warnUnproved(inputs: Inputs, results: readonly RegionResult[], journal: Journal): void {
  if (inputs.waitFor !== 'auto') return
  const unproved = results.filter(({ outcome, proof }) => outcome === 'ready' && proof === 'none')
  if (unproved.length === 0) return
  const reasons = [
    ...new Set(unproved.map(({ image }) => ('detail' in image ? image.detail : '')).filter(reason => reason !== '')),
  ]
  journal.record({
    type: 'warning',
    title: 'acr-geo-push: not every region was proved',
    message:
      `Nothing proves that ${unproved.map(({ region }) => region).join(', ')} ${unproved.length === 1 ? 'serves' : 'serve'} this image: ` +
      `the replica is Ready, which says nothing about one image (${reasons.join('; ')}). ` +
      "To prove it, turn on regional endpoints ('enable-regional-endpoints: true') and let this runner reach them, or set 'webhook-uri'.",
  })
}
