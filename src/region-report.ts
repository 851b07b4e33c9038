import { type ReplicaState } from './azure/replications.ts'
import { type PlannedRegion } from './plan.ts'
import { withoutSecrets } from './secrets.ts'
import { type RegionResult } from './watch.ts'
import { digested, tagged, type Reference } from './registry/reference.ts'

/** What the step says of a requested region. */
export interface RegionReport {
  readonly region: string
  readonly displayName: string
  readonly home: boolean
  /** Whether this run requested the replica. */
  readonly created: boolean
  readonly provisioningState: string
  readonly status: string
  readonly ready: boolean
  readonly proof: RegionResult['proof']
  /** The digest the region was seen to serve under the primary reference; null where nothing was seen. */
  readonly digest: string | null
  /** The URL clusters of this region pull: the regional endpoint's where there is one, else the login server's. */
  readonly image: string
  /** From the start of the step until ready; null when it is not. */
  readonly seconds: number | null
  readonly detail: string
  /** Name of the replication resource. */
  readonly name: string
  /** What to do when it is not ready. */
  readonly remedy: string
  /** Not ready for a reason of its own, rather than not waited for to the end. */
  readonly failed: boolean
}

export interface ReportContext {
  readonly primary: Reference
  readonly digest: string | undefined
  readonly created: ReadonlySet<string>
  /** The host clusters of a region pull from. */
  readonly hostOf: (region: string) => string
}

/** Puts together what is known of a region, also when the run ended before anything was seen of it. */
export function reportRegion(
  planned: PlannedRegion,
  result: RegionResult | undefined,
  context: ReportContext,
): RegionReport {
  const { region, displayName, home } = planned
  return {
    region,
    displayName,
    home,
    created: context.created.has(region),
    ...azureWords(planned, result),
    ready: result?.outcome === 'ready',
    proof: result?.proof ?? 'none',
    digest: servedDigest(result, context),
    image: tagged(context.hostOf(region), context.primary),
    seconds: result?.readyAfterMs === undefined ? null : Math.round(result.readyAfterMs / 100) / 10,
    detail: result?.detail ?? `not waited for: replica ${planned.state}`,
    name: planned.replica,
    remedy: remedyOf(result, context),
    failed: result?.outcome === 'failed',
  }
}

function remedyOf(result: RegionResult | undefined, { digest }: ReportContext): string {
  if (result?.outcome === 'pending' && digest === undefined) {
    return 'There was no image to wait for: see the error of the step.'
  }
  return result?.remedy ?? ''
}

function azureWords(
  planned: PlannedRegion,
  result: RegionResult | undefined,
): Pick<RegionReport, 'provisioningState' | 'status'> {
  const replica = result?.replica
  return wordsOf(replica === undefined || replica.kind === 'unread' ? planned.found : replica)
}

function wordsOf(replica: ReplicaState): Pick<RegionReport, 'provisioningState' | 'status'> {
  switch (replica.kind) {
    case 'ready':
    case 'pending':
    case 'failed':
    case 'deleting':
      return { provisioningState: replica.provisioningState, status: replica.status }
    case 'home':
      return { provisioningState: 'Succeeded', status: 'Ready' }
    case 'absent':
      return { provisioningState: 'NotFound', status: '' }
  }
}

function servedDigest(result: RegionResult | undefined, { primary, digest }: ReportContext): string | null {
  const image = result?.image
  if (image?.kind === 'served') return digest ?? null
  const isPrimary = image?.kind === 'other-tag' && image.repository === primary.repository && image.tag === primary.tag
  return isPrimary ? image.serves : null
}

/** An entry of the output `replicas`. */
export function replicaEntry({ name: _name, remedy: _remedy, failed: _failed, detail, ...entry }: RegionReport) {
  // The only text here that a service may have had a part in.
  return { ...entry, detail: withoutSecrets(detail) }
}

/** An entry of the output `matrix`, for `strategy.matrix` of a deploy job. */
export function matrixEntry(report: RegionReport, { primary, digest, hostOf }: ReportContext) {
  const endpoint = hostOf(report.region)
  return {
    region: report.region,
    image: report.image,
    'image-digest': digest === undefined ? '' : digested(endpoint, primary.repository, digest),
    endpoint,
    ready: report.ready,
    proof: report.proof,
  }
}
