import { describe, expect, test } from '@jest/globals'
import { closingLine, jestOutcome, outcomeLine } from '../../../scripts/check-outcome.ts'

const report = (counts: { passed?: number; failed?: number; pending?: number; broken?: number }) => ({
  numPassedTests: counts.passed ?? 0,
  numFailedTests: counts.failed ?? 0,
  numPendingTests: counts.pending ?? 0,
  numTodoTests: 0,
  numRuntimeErrorTestSuites: counts.broken ?? 0,
})

describe('jestOutcome', () => {
  test.each([
    ['all passed', true, report({ passed: 3 }), { ok: true, tests: { passed: 3, failed: 0, skipped: 0 } }],
    ['one failed', false, report({ passed: 2, failed: 1 }), { ok: false, tests: { passed: 2, failed: 1, skipped: 0 } }],
    [
      'a file broke',
      false,
      report({ passed: 2, broken: 1 }),
      { ok: false, tests: { passed: 2, failed: 1, skipped: 0 } },
    ],
    ['no test ran', true, report({}), { ok: false, tests: { passed: 0, failed: 1, skipped: 0 } }],
    ['no report', false, undefined, { ok: false, tests: { passed: 0, failed: 1, skipped: 0 } }],
    [
      'jest fails though its tests pass',
      false,
      report({ passed: 3 }),
      { ok: false, tests: { passed: 3, failed: 1, skipped: 0 } },
    ],
    [
      'some skipped',
      true,
      report({ passed: 1, pending: 2 }),
      { ok: true, tests: { passed: 1, failed: 0, skipped: 2 } },
    ],
  ])('%s', (_, exitedWell, given, expected) => {
    expect(jestOutcome('unit', exitedWell, given)).toEqual({ name: 'unit', ...expected })
  })
})

test('closingLine adds up tests and counts a failed stage without tests', () => {
  const stages = [
    { name: 'lint', ok: true },
    { name: 'types', ok: false },
    { name: 'unit', ok: true, tests: { passed: 10, failed: 0, skipped: 0 } },
    { name: 'e2e', ok: false, tests: { passed: 4, failed: 2, skipped: 0 } },
  ]
  expect(closingLine(stages)).toBe('14 passed, 3 failed')
  expect(closingLine([{ name: 'unit', ok: true, tests: { passed: 1, failed: 0, skipped: 1 } }])).toBe(
    '1 passed, 0 failed, 1 skipped',
  )
})

test('outcomeLine names the stage and its count', () => {
  expect(outcomeLine({ name: 'lint', ok: true })).toBe('ok     lint')
  expect(outcomeLine({ name: 'e2e', ok: false, tests: { passed: 4, failed: 2, skipped: 0 } })).toBe(
    'FAILED e2e (4 of 6 tests)',
  )
})
