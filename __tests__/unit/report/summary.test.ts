import { describe, expect, test } from '@jest/globals'
import { StepError } from '../../../src/base/errors.ts'
import { type JournalEvent, type Outcome } from '../../../src/journal.ts'
import { type RegionReport } from '../../../src/region-report.ts'
import { writeSummary } from '../../../src/report/summary-file.ts'
import { summarize } from '../../../src/report/summary.ts'
import { digestOf, entry, planOf, plannedRegion, quietJournal, reportOf } from '../fixtures.ts'

const DIGEST = digestOf('image')
const settled = (...regions: RegionReport[]): JournalEvent => ({ type: 'regions-settled', regions, failed: false })
const finished = (outcome: Outcome): JournalEvent => ({ type: 'finished', outcome, ms: 61_000 })
const summary = (...events: JournalEvent[]) => summarize(events.map(event => entry(event)))
const failed = (error: unknown = new StepError('timeout', 'Not done', { remedy: 'Wait' })) =>
  finished({ kind: 'failed', error })
const [ready, late] = [reportOf('eastus'), reportOf('japaneast', { ready: false, detail: 'Creating' })]
const headingOf = (text: string) => text.split('\n', 1)[0] ?? ''

describe('summarize', () => {
  test.each<[string, JournalEvent[], RegExp]>([
    ['all regions', [settled(ready, ready), finished({ kind: 'succeeded' })], /^## ✅ Served in all 2 regions$/],
    ['one region', [settled(ready), finished({ kind: 'succeeded' })], /^## ✅ Served in the region$/],
    ['some regions', [settled(ready, late), failed()], /^## ❌ 1 of 2 regions are ready$/],
    ['nothing at all', [failed()], /^## ❌ Not pushed$/],
    ['a dry run', [finished({ kind: 'planned' })], /^## 📋 Plan \(dry run\)$/],
    [
      'a cancelled run',
      [settled(ready, late), finished({ kind: 'cancelled', error: new Error('x') })],
      /^## 🚫 Cancelled: 1 of 2 regions are ready$/,
    ],
    ['a run that never finished', [settled(ready, late)], /^## ❌ 1 of 2/],
  ])('heads %s', (_, events, heading) => expect(headingOf(summary(...events))).toMatch(heading))

  test('does not claim that regions serve what was not proved there', () => {
    const unproved = reportOf('japaneast', { proof: 'none' })
    const text = headingOf(summary(settled(ready, unproved), finished({ kind: 'succeeded' })))
    expect(text).toMatch(/^## ✅/)
    expect(text).not.toContain('Served')
  })

  test('has the references, the digest and the time', () => {
    const text = summary(
      { type: 'planned', plan: planOf([plannedRegion('eastus')]) },
      { type: 'pushed', reference: 'x', digest: DIGEST, ms: 1 },
      finished({ kind: 'succeeded' }),
    )
    expect(text).toContain('<code>contoso.azurecr.io/team/web:1.2</code>')
    expect(text).toContain(`Digest <code>${DIGEST}</code>`)
    expect(text).toContain('Took 1m 01s.')
  })

  test('has one row of six cells per region', () => {
    const regions = [
      reportOf('eastus', { home: true, displayName: 'East | US', seconds: 65 }),
      reportOf('japaneast', { ready: false, created: true, seconds: null, detail: 'Creating | 90s', status: '' }),
    ]
    const rows = summary(settled(...regions), failed())
      .split('\n')
      .filter(line => line.startsWith('|'))
    expect(rows).toHaveLength(4)
    expect(new Set(rows.map(row => row.split('|').length))).toEqual(new Set([8]))
    expect(rows[2]).toMatch(/✅.*East &#124; US.*eastus, home.*Succeeded, Ready.*regional-endpoint.*1m 05s/)
    expect(rows[3]).toMatch(/❌.*japaneast, new.*Creating &#124; 90s/)
  })

  test('has the failure with its remedy, and every warning', () => {
    const text = summary({ type: 'warning', title: 't', message: 'Nothing proves it' }, failed())
    expect(text).toContain('> **Failed:** Not done. Wait.')
    expect(text).toContain('> **Warning:** Nothing proves it')
  })

  test('says what was requested, not what was planned; in a dry run what would be', () => {
    const regions = ['a', 'b', 'c'].map(region => plannedRegion(region, { action: 'create' }))
    const planned: JournalEvent = { type: 'planned', plan: planOf(regions) }
    const run = summary(planned, { type: 'replica-requested', region: 'b' }, failed())
    expect(run).toMatch(/Requested the replica b: about USD 50 a month/)
    expect(summary(planned, failed())).not.toMatch(/Requested|create/)
    expect(summary(planned, finished({ kind: 'planned' }))).toMatch(/Would create the replicas a, b, c: about USD 150/)
  })

  test('what docker or Azure said cannot be mark-up', () => {
    const said = '<img src=x> [link](x) | `code`\n# heading'
    const text = summary(
      { type: 'warning', title: said, message: said },
      settled(reportOf('eastus', { ready: false, detail: said, status: said, displayName: said })),
      failed(new Error(said)),
    )
    expect(text).not.toMatch(/<img|\[link|`code|^# heading/m)
  })
})

describe('writeSummary', () => {
  const write = async (env: Record<string, string>, failure?: Error) => {
    const written: string[] = []
    const warnings: string[] = []
    const core = {
      summary: {
        addRaw: (text: string) => ({
          async write() {
            if (failure !== undefined) throw failure
            written.push(text)
          },
        }),
      },
      warning: (message: string) => warnings.push(message),
    }
    const journal = quietJournal()
    journal.record({ type: 'warning', title: 't', message: 'x'.repeat(2_000_000) })
    for (let line = 0; line < 500; line += 1) journal.record({ type: 'warning', title: 't', message: 'é'.repeat(4000) })
    await writeSummary(journal, core, env)
    return { written, warnings }
  }

  test('writes no more than the runner takes', async () => {
    const { written } = await write({ GITHUB_STEP_SUMMARY: '/s' })
    expect(written).toHaveLength(1)
    expect(Buffer.byteLength(written[0] ?? '')).toBeLessThanOrEqual(1024 * 1024)
  })

  test('writes nothing where there is no summary', async () => expect((await write({})).written).toEqual([]))

  test('a failure is a warning', async () => {
    const { warnings } = await write({ GITHUB_STEP_SUMMARY: '/s' }, new Error('disk full'))
    expect(warnings).toEqual(['The job summary could not be written: disk full'])
  })
})
