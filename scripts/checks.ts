import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** One stage of the test run: an npm script, whose tests are counted where it is jest. */
export interface Check {
  readonly name: string
  readonly script: string
  readonly jest?: boolean
}

interface Outcome {
  readonly check: Check
  readonly ok: boolean
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/** The part of jest's JSON report that counts. */
interface JestReport {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly numTodoTests: number
  readonly numRuntimeErrorTestSuites: number
}

/** Runs all checks, also after one has failed, and closes with one plain line that counts their tests. */
export async function runChecks(checks: readonly Check[]): Promise<void> {
  const outcomes: Outcome[] = []
  for (const check of checks) outcomes.push(await runCheck(check))

  console.log('')
  for (const { check, ok, passed, failed } of outcomes) {
    console.log(
      `${ok ? 'ok    ' : 'FAILED'}  ${check.name}${check.jest ? ` (${passed} of ${passed + failed} tests)` : ''}`,
    )
  }
  const sum = (count: 'passed' | 'failed' | 'skipped') => outcomes.reduce((total, outcome) => total + outcome[count], 0)
  const skipped = sum('skipped') > 0 ? `, ${sum('skipped')} skipped` : ''
  console.log(`${sum('passed')} passed, ${sum('failed')} failed${skipped}`)
  if (outcomes.some(outcome => !outcome.ok)) process.exitCode = 1
}

async function runCheck(check: Check): Promise<Outcome> {
  console.log(`\n=== ${check.name}`)
  if (!check.jest) {
    const ok = await npmRun(check.script)
    // A check without tests of its own counts only when it fails.
    return { check, ok, passed: 0, failed: ok ? 0 : 1, skipped: 0 }
  }
  const folder = await mkdtemp(join(tmpdir(), 'acr-geo-push-test-'))
  try {
    const file = join(folder, 'report.json')
    const ended = await npmRun(check.script, '--json', `--outputFile=${file}`)
    return outcomeOf(check, ended, JSON.parse(await readFile(file, 'utf8').catch(() => '{}')) as Partial<JestReport>)
  } finally {
    await rm(folder, { recursive: true })
  }
}

function outcomeOf(check: Check, ended: boolean, report: Partial<JestReport>): Outcome {
  const passed = report.numPassedTests ?? 0
  const counted = (report.numFailedTests ?? 0) + (report.numRuntimeErrorTestSuites ?? 0)
  // A run without a single test proves nothing, and neither does one that broke before it could count.
  const ok = ended && counted === 0 && passed > 0
  const skipped = (report.numPendingTests ?? 0) + (report.numTodoTests ?? 0)
  return { check, ok, passed, failed: ok ? 0 : Math.max(counted, 1), skipped }
}

/** Whether `npm run SCRIPT -- ARGS` succeeds. */
async function npmRun(script: string, ...args: string[]): Promise<boolean> {
  const child = spawn('npm', ['run', '--silent', script, '--', ...args], {
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  })
  const [code] = (await once(child, 'exit')) as [number | null]
  return code === 0
}
