import { formatDuration } from '../base/duration.ts'
import { causesOf, explain } from '../base/errors.ts'
import { type Entry, type Outcome } from '../journal.ts'
import { type Plan } from '../plan.ts'
import { type RegionReport } from '../region-report.ts'
import { printable } from './printable.ts'
import { textTable } from './table.ts'

/** Prints the journal to the job's log as it is written. */
export function createLog(print: (line: string) => void, debug: (line: string) => void): (entry: Entry) => void {
  let startedAt: number | undefined
  const progress: Entry[] = []
  return entry => {
    startedAt ??= entry.at
    progress.push(entry)
    const clock = `[${formatDuration(entry.at - startedAt).padStart(7)}]`
    const say = (...lines: readonly string[]) => lines.forEach(line => print(`${clock} ${printable(line)}`))
    switch (entry.type) {
      case 'signing-in':
        return say(`Sign in to Azure: ${entry.method} (${entry.why})`)
      case 'registry-found':
        return say(
          `Registry ${entry.name}: ${entry.sku}, home region ${entry.homeRegion}, login server ${entry.loginServer}, ` +
            `resource group ${entry.resourceGroup}, ${entry.replicas} replicas listed, regional endpoints ${entry.regionalEndpoints}`,
        )
      case 'planned':
        return say(...planLines(entry.plan))
      case 'replica-requested':
        return say(`${entry.region}: creation of the replica requested`)
      case 'replica-changed':
        return say(`${entry.region}: replica ${entry.state}${after(entry.stayedMs)}`)
      case 'image-changed':
        return say(`${entry.region}: ${entry.state}${after(entry.stayedMs)}`)
      case 'push-started':
        return say(`docker push ${entry.reference}${entry.attempt > 1 ? ` (attempt ${entry.attempt})` : ''}`)
      case 'docker-output':
        return print(`          │ ${printable(entry.line)}`)
      case 'pushed':
        return say(`Pushed ${entry.reference} as ${entry.digest} in ${formatDuration(entry.ms)}`)
      case 'digest-confirmed':
        return say(`${entry.host} confirms ${entry.digest}`)
      case 'retrying': {
        const { what, attempt, attempts, waitMs, reason } = entry.notice
        return say(
          `${what}: attempt ${attempt} of ${attempts} failed: ${reason} Next try in ${formatDuration(waitMs)}.`,
        )
      }
      case 'region-ready':
        return say(`${entry.region}: READY after ${formatDuration(entry.afterMs)} (proof: ${entry.proof})`)
      case 'region-failed':
        return say(`${entry.region}: FAILED: ${entry.detail}`)
      case 'region-regressed':
        return say(`${entry.region}: no longer ready: ${entry.detail}`)
      case 'waiting':
        return say(`Still waiting for ${entry.regions.join(', ')}; ${formatDuration(entry.leftMs)} left`)
      case 'warning':
        // The annotation prints it.
        return
      case 'note':
        return say(entry.message)
      case 'changed':
        return say(`Changed: ${entry.what}`)
      case 'regions-settled':
        return say('', ...regionLines(entry.regions), '')
      case 'finished':
        outcomeLines(entry.outcome, entry.ms).forEach(line => say(line))
        if (entry.outcome.kind === 'cancelled' || entry.outcome.kind === 'failed') say(...progressLines(progress))
        if (entry.outcome.kind === 'failed') causesOf(entry.outcome.error).forEach(cause => debug(printable(cause)))
    }
  }
}

/** How long the state before lasted: the time the change took. */
function after(stayedMs: number | undefined): string {
  return stayedMs === undefined ? '' : ` (after ${formatDuration(stayedMs)})`
}

function planLines(plan: Plan): string[] {
  const rows = plan.regions.map(({ region, displayName, home, action, state }) => [
    region,
    displayName,
    action === 'create' ? 'create the replica' : home ? 'home region, exists' : 'replica exists',
    state,
  ])
  const where = plan.pushRegion === undefined ? plan.loginServer : `the regional endpoint of ${plan.pushRegion}`
  return [
    'Plan:',
    ...textTable([['REGION', 'NAME', 'ACTION', 'STATE'], ...rows]).map(row => `  ${row}`),
    ...(plan.upgradeFrom === undefined ? [] : [`  Upgrade the registry from ${plan.upgradeFrom} to Premium`]),
    ...(plan.enableRegionalEndpoints ? ['  Turn on regional endpoints'] : []),
    ...(plan.webhooks.length === 0 ? [] : [`  Create webhooks in ${plan.webhooks.join(', ')}`]),
    plan.pushes
      ? `  Push to ${where}: ${plan.references.join(', ')}`
      : `  Push nothing; wait for ${plan.references.join(', ')}`,
    ...(plan.prune.length === 0 ? [] : [`  When every region is ready, delete the replicas ${plan.prune.join(', ')}`]),
    `  Cost: ${costInWords(plan.monthly)}`,
  ]
}

function costInWords({ added, total }: Plan['monthly']): string {
  const change =
    added === 0 ? 'nothing is added' : `about USD ${Math.abs(added)} a month ${added > 0 ? 'more' : 'less'} than now`
  return `${change}; about USD ${total} a month for the registry with all its replicas (list price, without storage over 500 GB and traffic)`
}

/** The columns of `az acr replication list --output table`, then ours. */
function regionLines(reports: readonly RegionReport[]): string[] {
  return textTable([
    ['NAME', 'LOCATION', 'PROVISIONING STATE', 'STATUS', 'READY', 'PROOF', 'IMAGE'],
    ...reports.map(({ name, region, provisioningState, status, ready, proof, image }) => [
      name,
      region,
      provisioningState,
      status,
      ready ? 'yes' : 'NO',
      proof,
      image,
    ]),
  ])
}

function outcomeLines(outcome: Outcome, ms: number): string[] {
  switch (outcome.kind) {
    case 'succeeded':
      return [`Done in ${formatDuration(ms)}: every region is ready.`]
    case 'planned':
      return [`Dry run done in ${formatDuration(ms)}: nothing was changed or pushed.`]
    case 'failed':
      return [`Failed after ${formatDuration(ms)}.`]
    case 'cancelled':
      return [`Cancelled after ${formatDuration(ms)}. ${explain(outcome.error)}`]
  }
}

/** What a run that ended early did, and what it did not. */
function progressLines(entries: readonly Entry[]): string[] {
  const regions = entries.findLast(entry => entry.type === 'regions-settled')?.regions ?? []
  const requested = entries.flatMap(entry => (entry.type === 'replica-requested' ? [entry.region] : []))
  const pushed = entries.flatMap(entry => (entry.type === 'pushed' ? [entry.reference] : []))
  const plan = entries.findLast(entry => entry.type === 'planned')?.plan
  const ready = regions.filter(region => region.ready).map(({ region }) => region)
  const pending = regions.filter(region => !region.ready).map(({ region }) => region)
  const missing = plan?.regions.filter(({ region, action }) => action === 'create' && !requested.includes(region)) ?? []
  const changes = entries.flatMap(entry => (entry.type === 'changed' ? [entry.what] : []))
  const done = [
    ...changes,
    ...(requested.length > 0 ? [`replicas requested: ${requested.join(', ')}`] : []),
    ...(pushed.length > 0 ? [`pushed: ${pushed.join(', ')}`] : []),
    ...(ready.length > 0 ? [`ready: ${ready.join(', ')}`] : []),
  ]
  const notDone = [
    ...(missing.length > 0 ? [`replicas not requested: ${missing.map(({ region }) => region).join(', ')}`] : []),
    ...(plan?.pushes === true && pushed.length < plan.references.length ? ['the push is not complete'] : []),
    ...(pending.length > 0 ? [`not ready: ${pending.join(', ')}`] : []),
  ]
  return [
    `Done: ${done.join('; ') || 'nothing was changed or pushed'}.`,
    ...(notDone.length > 0 ? [`Not done: ${notDone.join('; ')}.`] : []),
  ]
}
