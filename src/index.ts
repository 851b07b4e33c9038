import * as core from '@actions/core'
import { systemClock } from './base/clock.ts'
import { cancelOnSignals } from './cancel.ts'
import { cleanUp } from './clean-up.ts'
import { exitCodeOf } from './exit-code.ts'
import { createHttpClient } from './http-client.ts'
import { run } from './main.ts'

/** Time for the last line to get out, in milliseconds. */
const LINGER_MS = 250

async function main(): Promise<void> {
  // The runner starts this file again after the job, with what was saved here.
  if (core.getState('post') === 'true') return cleanUp(core)
  core.saveState('post', 'true')
  // A run that ends without an outcome, because nothing is left that could wake it, is no success.
  const noOutcome = () => core.setFailed('The step ended without an outcome. Run the job again, and please report it.')
  process.once('beforeExit', noOutcome)
  const cancelled = cancelOnSignals(process)
  const { env } = process
  const http = createHttpClient({ noProxy: env['NO_PROXY'] ?? env['no_proxy'] })
  const outcome = await run({ core, env, http, clock: systemClock, cancelled })
  process.removeListener('beforeExit', noOutcome)
  process.exitCode = exitCodeOf(outcome)
  // The last word is said. A request that nobody can take back (to GitHub for a token, to Entra) must not keep the process.
  // eslint-disable-next-line no-restricted-syntax
  setTimeout(() => process.exit(), LINGER_MS).unref()
}

main().catch((error: unknown) => {
  core.setFailed(error instanceof Error ? error : String(error))
})
