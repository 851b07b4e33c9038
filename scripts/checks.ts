import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Check, closingLine, jestOutcome, type JestReport, type Outcome, outcomeLine } from './check-outcome.ts'

/** Runs all checks, also after one has failed, and closes with one plain line that counts their tests. */
export async function runChecks(checks: readonly Check[]): Promise<void> {
  const outcomes: Outcome[] = []
  for (const check of checks) {
    console.log(`\n=== ${check.name}`)
    outcomes.push(check.jest ? await runJest(check) : { name: check.name, ok: await npmRun(check.script) })
  }
  console.log(['', ...outcomes.map(outcomeLine), closingLine(outcomes)].join('\n'))
  if (outcomes.some(({ ok }) => !ok)) process.exitCode = 1
}

async function runJest({ name, script }: Check): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), 'acr-geo-push-test-'))
  try {
    const file = join(folder, 'report.json')
    const exitedWell = await npmRun(script, '--json', `--outputFile=${file}`)
    const report = await readFile(file, 'utf8').then(
      text => JSON.parse(text) as JestReport,
      () => undefined,
    )
    return jestOutcome(name, exitedWell, report)
  } finally {
    await rm(folder, { recursive: true })
  }
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
