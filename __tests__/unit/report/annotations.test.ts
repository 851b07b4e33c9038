import { describe, expect, test } from '@jest/globals'
import { StepError } from '../../../src/base/errors.ts'
import { type JournalEvent } from '../../../src/journal.ts'
import { createAnnotations } from '../../../src/report/annotations.ts'
import { entry, reportOf } from '../fixtures.ts'

/** The annotations of these events. */
function annotationsOf(...events: JournalEvent[]) {
  const made: { level: string; message: string; title: string }[] = []
  const annotate = createAnnotations({
    error: (message, { title }) => made.push({ level: 'error', message, title }),
    warning: (message, { title }) => made.push({ level: 'warning', message, title }),
  })
  events.forEach(event => annotate(entry(event)))
  return made
}
const late = reportOf('japaneast', { ready: false, detail: 'replica Creating for 90s', remedy: 'Wait longer.' })
const error = new StepError('timeout', 'Not done', { remedy: 'Raise the timeout' })

describe('createAnnotations', () => {
  test('one error per region that is not ready and one for the step, each with its remedy', () => {
    expect(
      annotationsOf(
        { type: 'regions-settled', regions: [reportOf('eastus'), late, { ...late, region: 'westus' }], failed: true },
        { type: 'finished', outcome: { kind: 'failed', error }, ms: 1 },
      ),
    ).toEqual([
      {
        level: 'error',
        message: 'replica Creating for 90s. Wait longer.',
        title: 'acr-geo-push: japaneast is not ready',
      },
      { level: 'error', message: 'replica Creating for 90s. Wait longer.', title: 'acr-geo-push: westus is not ready' },
      { level: 'error', message: 'Not done. Raise the timeout.', title: 'acr-geo-push' },
    ])
  })

  test('no error per region when the run failed before it waited for any', () => {
    expect(annotationsOf({ type: 'regions-settled', regions: [late], failed: false })).toEqual([])
    // But one for a region that failed by itself meanwhile.
    const lost = { ...late, failed: true }
    expect(annotationsOf({ type: 'regions-settled', regions: [lost], failed: false })).toHaveLength(1)
  })

  test('a cancelled run has its error', () => {
    const outcome = { kind: 'cancelled', error: new StepError('cancelled', 'The run was cancelled (SIGINT)') } as const
    expect(annotationsOf({ type: 'finished', outcome, ms: 1 })).toEqual([
      { level: 'error', message: 'The run was cancelled (SIGINT).', title: 'acr-geo-push' },
    ])
  })

  test.each<JournalEvent>([
    { type: 'finished', outcome: { kind: 'succeeded' }, ms: 1 },
    { type: 'finished', outcome: { kind: 'planned' }, ms: 1 },
    { type: 'note', message: 'x' },
    { type: 'region-failed', region: 'x', detail: 'x', remedy: 'x' },
  ])('nothing for %j', event => expect(annotationsOf(event)).toEqual([]))

  test('a warning is one', () => {
    expect(annotationsOf({ type: 'warning', title: 'Not proved', message: 'two\nlines' })).toEqual([
      { level: 'warning', message: 'two lines', title: 'Not proved' },
    ])
  })

  test('what docker or Azure said cannot be a command', () => {
    const outcome = { kind: 'failed', error: new Error('::error::x ##[error]y\u001b[31m') } as const
    const [made] = annotationsOf({ type: 'finished', outcome, ms: 1 })
    expect(made?.message).not.toMatch(/^::|##\[|\u001b/)
  })
})
