import { formatDuration } from '../base/duration.ts'
import { explain } from '../base/errors.ts'
import { type Entry, type Outcome } from '../journal.ts'
import { USD_PER_REPLICA_MONTH } from '../plan.ts'
import { type RegionReport } from '../region-report.ts'
import { markdownText } from './printable.ts'

/** The job summary: what came of the run, and one row per region. Markdown. */
export function summarize(entries: readonly Entry[]): string {
  const finished = entries.findLast(entry => entry.type === 'finished')
  const plan = entries.findLast(entry => entry.type === 'planned')?.plan
  const regions = entries.findLast(entry => entry.type === 'regions-settled')?.regions ?? []
  const digest = entries.findLast(entry => entry.type === 'pushed')?.digest
  const warnings = entries.flatMap(entry => (entry.type === 'warning' ? [entry.message] : []))
  const lines = [`## ${heading(finished?.outcome, regions)}`, '']
  if (plan !== undefined)
    lines.push(`${plan.references.map(reference => `<code>${markdownText(reference)}</code>`).join('<br>')}`, '')
  if (digest !== undefined) lines.push(`Digest <code>${digest}</code>`, '')
  if (finished?.outcome.kind === 'failed')
    lines.push(`> **Failed:** ${markdownText(explain(finished.outcome.error))}`, '')
  for (const warning of warnings) lines.push(`> **Warning:** ${markdownText(warning)}`, '')
  if (regions.length > 0) lines.push(...regionTable(regions), '')
  const wanted = plan?.regions.filter(({ action }) => action === 'create').map(({ region }) => region) ?? []
  const requested = entries.flatMap(entry => (entry.type === 'replica-requested' ? [entry.region] : []))
  const [verb, added] = finished?.outcome.kind === 'planned' ? ['Would create', wanted] : ['Requested', requested]
  if (added.length > 0) {
    const monthly = added.length * USD_PER_REPLICA_MONTH
    lines.push(
      `${verb} ${added.length === 1 ? 'the replica' : 'the replicas'} ${added.join(', ')}: about USD ${monthly} a month more (list price).`,
      '',
    )
  }
  if (finished !== undefined) lines.push(`<sub>Took ${formatDuration(finished.ms)}.</sub>`, '')
  return lines.join('\n')
}

function heading(outcome: Outcome | undefined, regions: readonly RegionReport[]): string {
  const ready = regions.filter(region => region.ready).length
  switch (outcome?.kind) {
    case 'succeeded':
      return `✅ ${regions.every(({ proof }) => proof !== 'none') ? 'Served' : 'Ready'} in ${ready === 1 ? 'the region' : `all ${ready} regions`}`
    case 'planned':
      return '📋 Plan (dry run)'
    case 'cancelled':
      return `🚫 Cancelled: ${ready} of ${regions.length} regions are ready`
    case 'failed':
    case undefined:
      return regions.length === 0 ? '❌ Not pushed' : `❌ ${ready} of ${regions.length} regions are ready`
  }
}

function regionTable(regions: readonly RegionReport[]): string[] {
  return [
    '| | Region | Replica | Proof | After | Image |',
    '|---|---|---|---|--:|---|',
    ...regions.map(
      ({ ready, region, displayName, home, created, provisioningState, status, proof, seconds, image, detail }) =>
        [
          '',
          ready ? '✅' : '❌',
          `${markdownText(displayName)}<br><sub>${region}${home ? ', home' : ''}${created ? ', new' : ''}</sub>`,
          markdownText([provisioningState, status].filter(Boolean).join(', ')) +
            (ready ? '' : `<br><sub>${markdownText(detail)}</sub>`),
          proof,
          seconds === null ? '' : formatDuration(seconds * 1000),
          `<code>${markdownText(image)}</code>`,
          '',
        ]
          .join(' | ')
          .trim(),
    ),
  ]
}
