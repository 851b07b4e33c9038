/** One stage of the test run: an npm script, whose tests are counted where it is jest. */
export interface Check {
  readonly name: string
  readonly script: string
  readonly jest?: boolean
}

/** What became of a stage. */
export interface Outcome {
  readonly name: string
  readonly ok: boolean
  /** Absent where a stage has no tests to count. */
  readonly tests?: { readonly passed: number; readonly failed: number; readonly skipped: number }
}

/** The part of jest's JSON report that counts. */
export interface JestReport {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly numTodoTests: number
  readonly numRuntimeErrorTestSuites: number
}

/** Judges a run of jest by its exit and its report, which is missing where jest broke down. */
export function jestOutcome(name: string, exitedWell: boolean, report: JestReport | undefined): Outcome {
  const passed = report?.numPassedTests ?? 0
  const counted = (report?.numFailedTests ?? 0) + (report?.numRuntimeErrorTestSuites ?? 0)
  const skipped = (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0)
  // A run without a single test proves nothing, and neither does one that broke before it could count.
  const ok = exitedWell && counted === 0 && passed > 0
  return { name, ok, tests: { passed, failed: ok ? 0 : Math.max(counted, 1), skipped } }
}

/** One line a stage. */
export function outcomeLine({ name, ok, tests }: Outcome): string {
  const count = tests ? ` (${tests.passed} of ${tests.passed + tests.failed} tests)` : ''
  return `${ok ? 'ok    ' : 'FAILED'} ${name}${count}`
}

/** The closing line: all tests, and every stage without tests that failed. */
export function closingLine(outcomes: readonly Outcome[]): string {
  const total = { passed: 0, failed: 0, skipped: 0 }
  for (const { ok, tests } of outcomes) {
    total.passed += tests?.passed ?? 0
    total.failed += tests?.failed ?? (ok ? 0 : 1)
    total.skipped += tests?.skipped ?? 0
  }
  const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : ''
  return `${total.passed} passed, ${total.failed} failed${skipped}`
}
