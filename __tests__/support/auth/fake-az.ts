import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { type Emulator } from '../../../emulator/index.ts'
import { endOf, entraToken } from './identity.ts'

const REGISTRIES = 'https://containerregistry.azure.net'

/** An `az` that is none: it answers from memory and writes down how it was called. */
export interface FakeAz {
  /** The search path of the job, with this `az` first. */
  readonly PATH: string
  /** Arguments of every call so far. */
  calls(): Promise<string[]>
}

/** What `az` does when it is asked for a token of this audience: a shell command. */
type Behaviour = string

/** Makes an `az` in this folder. */
export async function fakeAz(
  folder: string,
  answers: { arm: Behaviour; registries: Behaviour; account?: Behaviour },
): Promise<FakeAz> {
  await mkdir(folder, { recursive: true })
  const log = join(folder, 'calls')
  await writeFile(log, '')
  const script = `#!/bin/sh
echo "$*" >> '${log}'
case "$*" in
  'account show '*) ${answers.account ?? 'echo no account >&2; exit 1'} ;;
  *'--resource ${REGISTRIES}'*) ${answers.registries} ;;
  *) ${answers.arm} ;;
esac
`
  await writeFile(join(folder, 'az'), script)
  await chmod(join(folder, 'az'), 0o755)
  return {
    PATH: [folder, process.env['PATH']].join(delimiter),
    calls: async () => (await readFile(log, 'utf8')).split('\n').filter(line => line !== ''),
  }
}

/** The answers of an `az` that is signed in to the local Azure. */
export async function signedIn(azure: Emulator) {
  const say = async (resource: string) => {
    const accessToken = await entraToken(azure, resource)
    const { subscriptionId: subscription, tenantId: tenant } = azure.ready
    const answer = { accessToken, expires_on: endOf(accessToken), subscription, tenant, tokenType: 'Bearer' }
    return `echo '${JSON.stringify(answer)}'`
  }
  return {
    arm: await say(azure.ready.resourceManagerEndpoint.replace(/\/$/, '')),
    registries: await say(REGISTRIES),
    account: `echo ${azure.ready.subscriptionId}`,
  }
}

/** What `az` answers when nobody has signed in. */
export const NOT_SIGNED_IN = `echo "ERROR: Please run 'az login' to setup account." >&2; exit 1`

/** An `az` that never answers. */
export const HANGING = 'exec sleep 300'
