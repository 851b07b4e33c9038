import { type AccessToken, type TokenCredential } from '@azure/identity'
import { runProgram } from '../base/program.ts'

/** The CLI takes seconds (13 s seen on a busy runner, Azure/azure-cli#20404) and has no limit of its own, in milliseconds. */
const LIMIT_MS = 60_000

/** Asks the Azure CLI something; resolves with its standard output. */
export type AskCli = (args: readonly string[]) => Promise<string>

/** The Azure CLI of this runner. It ends with the signal: `AzureCliCredential` lets it run on, and the step with it. */
export function azureCli(env: Readonly<Record<string, string | undefined>>, signal: AbortSignal): AskCli {
  return async args => {
    const limit = AbortSignal.timeout(LIMIT_MS)
    const context = { env, signal: AbortSignal.any([signal, limit]) }
    const result = await runProgram('az', args, context, undefined, true).catch((error: unknown) => {
      signal.throwIfAborted()
      if (limit.aborted) throw new Error(`The Azure CLI did not answer within ${LIMIT_MS / 1000} seconds.`)
      const missing = (error as { code?: unknown }).code === 'ENOENT'
      throw missing ? new Error('There is no Azure CLI on this runner.', { cause: error }) : error
    })
    if (result.exitCode !== 0) throw new Error(complaint(result.stderr))
    return result.stdout.join('\n')
  }
}

/** What the CLI says went wrong, without its warnings. */
function complaint(lines: readonly string[]): string {
  const said = lines.filter(line => line.trim() !== '' && !line.startsWith('WARNING:'))
  return said.map(line => line.replace(/^ERROR:\s*/, '')).join('\n') || 'The Azure CLI failed without a word.'
}

/**
 * Tokens of the session that `azure/login` left. For Azure Resource Manager the CLI is asked without naming it: it has had that token
 * since its sign-in, under the older name management.core.windows.net, and any other name would need a new one, which five minutes after
 * `azure/login` is not to be had.
 */
export function cliCredential(ask: AskCli, armScope: string): TokenCredential {
  return {
    async getToken(scopes): Promise<AccessToken> {
      const scope = [scopes].flat().join(' ')
      const resource = scope.replace(/\/\.default$/, '')
      if (!/^[\w:/.-]+$/.test(resource)) throw new Error(`The Azure CLI cannot be asked for ${resource}`)
      const named = scope === armScope ? [] : ['--resource', resource]
      return accessToken(await ask(['account', 'get-access-token', '--output', 'json', ...named]))
    },
  }
}

/** `expires_on` is there since version 2.54; `expiresOn` is in local time. */
function accessToken(answer: string): AccessToken {
  const { accessToken: token, expires_on, expiresOn } = JSON.parse(answer) as Partial<Record<string, string | number>>
  const expiresOnTimestamp = expires_on === undefined ? Date.parse(String(expiresOn)) : Number(expires_on) * 1000
  if (typeof token !== 'string' || Number.isNaN(expiresOnTimestamp)) {
    throw new Error('The Azure CLI answered without a token')
  }
  return { token, expiresOnTimestamp }
}

/** The subscription `azure/login` chose; undefined when there is no CLI, or it is not signed in or does not answer. */
export async function cliSubscription(ask: AskCli, signal: AbortSignal): Promise<string | undefined> {
  try {
    const id = (await ask(['account', 'show', '--query', 'id', '--output', 'tsv'])).trim()
    return /^[0-9a-f-]{36}$/i.test(id) ? id : undefined
  } catch {
    signal.throwIfAborted()
    return undefined
  }
}
