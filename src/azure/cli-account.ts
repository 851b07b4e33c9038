import { getExecOutput } from '@actions/exec'

/** The subscription `azure/login` chose for the Azure CLI; undefined when there is no CLI, or it is not signed in. */
export async function cliSubscription(env: Readonly<Record<string, string | undefined>>): Promise<string | undefined> {
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
