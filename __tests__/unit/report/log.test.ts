import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { StepError } from '../../../src/base/errors.ts'
import { type JournalEvent } from '../../../src/journal.ts'
import { createLog } from '../../../src/report/log.ts'
import { KNOWN_COMMANDS, parseCommand } from '../../support/workflow-commands.ts'
import { digestOf, entry, planOf, plannedRegion, reportOf } from '../fixtures.ts'

const NAME = 'contoso.azurecr.io/team/web:1.2'
const DIGEST = digestOf('image')

/** What the log prints of these events, two seconds apart. */
function printed(...events: JournalEvent[]) {
  const lines: string[] = []
  const debug: string[] = []
  const view = createLog(
    line => lines.push(line),
    line => debug.push(line),
  )
  events.forEach((event, index) => view(entry(event, 5000 + index * 2000)))
  return { lines, debug, text: lines.join('\n') }
}

describe('createLog', () => {
  test.each<[JournalEvent, string]>([
    [{ type: 'signing-in', method: 'oidc', why: 'auth: oidc' }, 'Sign in to Azure: oidc (auth: oidc)'],
    [{ type: 'replica-requested', region: 'japaneast' }, 'japaneast: creation of the replica requested'],
    [
      { type: 'replica-changed', region: 'japaneast', state: 'Creating', stayedMs: undefined },
      'japaneast: replica Creating',
    ],
    [
      { type: 'replica-changed', region: 'japaneast', state: 'Succeeded, Ready', stayedMs: 65_000 },
      'japaneast: replica Succeeded, Ready (after 1m 05s)',
    ],
    [{ type: 'image-changed', region: 'eastus', state: '1 of 3', stayedMs: undefined }, 'eastus: 1 of 3'],
    [{ type: 'push-started', reference: NAME, attempt: 1 }, `docker push ${NAME}`],
    [{ type: 'push-started', reference: NAME, attempt: 2 }, `docker push ${NAME} (attempt 2)`],
    [{ type: 'pushed', reference: NAME, digest: DIGEST, ms: 12_000 }, `Pushed ${NAME} as ${DIGEST} in 12s`],
    [{ type: 'digest-confirmed', digest: DIGEST, host: 'contoso.azurecr.io' }, `contoso.azurecr.io confirms ${DIGEST}`],
    [
      { type: 'retrying', notice: { what: 'Push', attempt: 1, attempts: 5, waitMs: 2500, reason: 'EOF' } },
      'Push: attempt 1 of 5 failed: EOF Next try in 2.5s.',
    ],
    [
      { type: 'region-ready', region: 'eastus', proof: 'webhook', afterMs: 90_000 },
      'eastus: READY after 1m 30s (proof: webhook)',
    ],
    [{ type: 'region-failed', region: 'eastus', detail: 'gone', remedy: 'x' }, 'eastus: FAILED: gone'],
    [{ type: 'region-regressed', region: 'eastus', detail: 'gone' }, 'eastus: no longer ready: gone'],
    [{ type: 'waiting', regions: ['a', 'b'], leftMs: 60_000 }, 'Still waiting for a, b; 1m 00s left'],
    [{ type: 'note', message: 'a note' }, 'a note'],
    [{ type: 'finished', outcome: { kind: 'succeeded' }, ms: 1000 }, 'Done in 1.0s: every region is ready.'],
  ])('%j', (event, words) => expect(printed(event).lines).toEqual([`[   0.0s] ${words}`]))

  test('tells the time since the start', () => {
    const { lines } = printed({ type: 'note', message: 'a' }, { type: 'note', message: 'b' })
    expect(lines).toEqual(['[   0.0s] a', '[   2.0s] b'])
  })

  test('leaves warnings to their annotation', () => {
    expect(printed({ type: 'warning', title: 't', message: 'm' }).lines).toEqual([])
  })

  test('the plan says what is created, changed, deleted, pushed and what it costs', () => {
    const regions = [
      plannedRegion('eastus', { home: true }),
      plannedRegion('japaneast', { action: 'create', state: 'missing' }),
    ]
    const more = {
      upgradeFrom: 'Basic',
      enableRegionalEndpoints: true,
      webhooks: ['eastus'],
      prune: ['old'],
      monthly: { added: 50, total: 100 },
    }
    const { text } = printed({ type: 'planned', plan: planOf(regions, more) })
    for (const words of [
      /eastus +EASTUS +home region, exists/,
      /japaneast +JAPANEAST +create the replica +missing/,
      /from Basic to Premium/,
      /regional endpoints/,
      /webhooks in eastus/,
      /Push to contoso\.azurecr\.io: contoso\.azurecr\.io\/team\/web:1\.2/,
      /delete the replicas old/,
      /USD 50 a month more.*USD 100 a month/,
    ])
      expect(text).toMatch(words)
    expect(printed({ type: 'planned', plan: planOf(regions, { pushes: false }) }).text).toContain('Push nothing')
  })

  test('the regions at the end are a table', () => {
    const regions = [reportOf('eastus'), reportOf('japaneast', { ready: false, proof: 'none', status: 'Syncing' })]
    const { text } = printed({ type: 'regions-settled', regions, failed: true })
    expect(text).toMatch(/NAME +LOCATION +PROVISIONING STATE +STATUS +READY +PROOF +IMAGE/)
    expect(text).toMatch(/eastus +eastus +Succeeded +Ready +yes +regional-endpoint +contoso/)
    expect(text).toMatch(/japaneast +japaneast +Succeeded +Syncing +NO +none +contoso/)
  })

  test('a run that was cut short says what it did and what it did not', () => {
    const plan = planOf([plannedRegion('a', { action: 'create' }), plannedRegion('b', { action: 'create' })])
    const { text } = printed(
      { type: 'planned', plan },
      { type: 'replica-requested', region: 'a' },
      {
        type: 'regions-settled',
        regions: [reportOf('a', { ready: false }), reportOf('b', { ready: false })],
        failed: true,
      },
      { type: 'finished', outcome: { kind: 'cancelled', error: new StepError('cancelled', 'Stopped') }, ms: 9000 },
    )
    expect(text).toContain('Cancelled after 9.0s. Stopped.')
    expect(text).toContain('Done: replicas requested: a.')
    expect(text).toMatch(/Not done: .*not requested: b.*push is not complete.*not ready: a, b/)
  })

  test('the causes of a failure go to the debug log', () => {
    const error = new StepError('bug', 'It broke', { cause: new Error('deep ##[error]reason') })
    const { text, debug } = printed({ type: 'finished', outcome: { kind: 'failed', error }, ms: 1000 })
    expect(text).toContain('Failed after 1.0s.')
    expect(debug).toEqual([expect.stringMatching(/^deep .*reason$/)])
    expect(debug[0]).not.toContain('##[')
  })

  test('nothing that is printed is a command, whatever docker, Azure or a registry says', () => {
    const piece = fc.constantFrom('::', '##[', 'error', ']', 'x', ' ', '\n', '\r', '\u001b[31m', 'add-mask')
    const text = fc.array(piece, { maxLength: 12 }).map(parts => parts.join(''))
    fc.assert(
      fc.property(text, said => {
        const { lines } = printed(
          { type: 'docker-output', line: said },
          { type: 'note', message: said },
          { type: 'replica-changed', region: said, state: said, stayedMs: undefined },
          { type: 'region-failed', region: said, detail: said, remedy: said },
          { type: 'retrying', notice: { what: said, attempt: 1, attempts: 2, waitMs: 0, reason: said } },
          { type: 'regions-settled', regions: [reportOf(said, { status: said, detail: said })], failed: true },
          { type: 'finished', outcome: { kind: 'cancelled', error: new Error(said) }, ms: 1 },
        )
        for (const line of lines) {
          expect(parseCommand(line, name => KNOWN_COMMANDS.includes(name))).toBeUndefined()
          expect(line).not.toMatch(/[\n\r\u001b]/)
        }
      }),
    )
  })
})
