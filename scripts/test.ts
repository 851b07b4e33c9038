import { type Check } from './check-outcome.ts'
import { runChecks } from './checks.ts'

/** Everything a change must pass, in the order that finds mistakes soonest. */
const checks: readonly Check[] = [
  { name: 'lint', script: 'lint' },
  { name: 'types', script: 'types' },
  { name: 'dist is fresh', script: 'check-dist' },
  { name: 'unit', script: 'unit', jest: true },
  { name: 'integration', script: 'integration', jest: true },
  { name: 'end to end', script: 'e2e', jest: true },
  { name: 'fault matrix', script: 'faults', jest: true },
]

await runChecks(checks)
