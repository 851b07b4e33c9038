import { getExecOutput } from '@actions/exec'
import { type Clock } from '../base/clock.ts'

type Env = Readonly<Record<string, string | undefined>>

/** The CLI takes seconds and has no limit of its own, in milliseconds. */
const LIMIT_MS = 60_000

/** The subscription `azure/login` chose for the Azure CLI; undefined when there is no CLI, or it is not signed in or does not answer. */
export async function cliSubscription(env: Env, clock: Clock, signal: AbortSignal): Promise<string | undefined> {
  const answered = new AbortController()
  const tooLate = clock.sleep(LIMIT_MS, AbortSignal.any([signal, answered.signal])).catch(() => undefined)
  const id = await Promise.race([askCli(env), tooLate])
  answered.abort()
  signal.throwIfAborted()
  return id ?? undefined
}

async function askCli(env: Env): Promise<string | undefined> {
  const defined = Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
  try {
    const { exitCode, stdout } = await getExecOutput('az', ['account', 'show', '--query', 'id', '--output', 'tsv'], {
      env: defined,
      silent: true,
      ignoreReturnCode: true,
    })
    const id = stdout.trim()
    return exitCode === 0 && /^[0-9a-f-]{36}$/i.test(id) ? id : undefined
  } catch {
    return undefined
  }
}
