import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Emulator } from '../../emulator/index.ts'
import { fakeAz, HANGING, NOT_SIGNED_IN, signedIn } from '../support/auth/fake-az.ts'
import { expectSignedIn, gateRun, refusalOf, signedInBy, storeGated } from '../support/auth/gate-run.ts'
import { appOf, idTokenOf, NOBODY } from '../support/auth/identity.ts'
import { startQuickAzure } from '../support/step/azure.ts'

/** The CLI has its own name for Azure Resource Manager. */
const AUDIENCES = ['account get-access-token --output json', 'https://containerregistry.azure.net']
const LACKING =
  'no other way: oidc lacks client-id and tenant-id and permissions: id-token: write; environment lacks client-id and tenant-id and AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE_PATH; workload-identity lacks client-id and tenant-id and AZURE_FEDERATED_TOKEN_FILE'

const ELSE = `Run azure/login before this step, or sign in without it. ${LACKING.replace('no other way', 'Other ways')}.`

let azure: Emulator
let folder: string
beforeAll(async () => {
  azure = await startQuickAzure({ replicas: [{ location: 'eastus' }] })
  await storeGated(azure)
})
afterAll(() => azure.stop())
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auth-cli-'))
})
afterEach(() => rm(folder, { recursive: true }))

/** What the calls were about: the audience of a token, or the account. */
const subjects = (calls: readonly string[]) =>
  calls
    .map(call =>
      (/--resource (\S+)/.exec(call)?.[1] ?? call).replaceAll('"', '').replace(/localhost:\d+/, 'localhost:PORT'),
    )
    .sort()

describe('a session that azure/login left', () => {
  test('is asked once for each audience, and once for the subscription', async () => {
    const az = await fakeAz(folder, await signedIn(azure))
    const run = await gateRun(azure, { ...NOBODY, AZURE_SUBSCRIPTION_ID: '', PATH: az.PATH })
    expectSignedIn(run, `cli (${LACKING})`)
    expect(subjects(await az.calls())).toEqual([...AUDIENCES, 'account show --query id --output tsv'].sort())
  })

  test('is taken before what else there is with auth: cli', async () => {
    const az = await fakeAz(folder, await signedIn(azure))
    const env = { ...appOf(azure), ...idTokenOf(azure), AZURE_CLIENT_SECRET: azure.ready.clientSecret }
    const run = await gateRun(azure, { ...env, PATH: az.PATH }, { auth: 'cli' })
    expectSignedIn(run, 'cli (auth: cli)')
    expect(subjects(await az.calls())).toEqual(AUDIENCES)
    expect(run.requests.filter(({ service }) => service === 'github' || service === 'entra')).toEqual([])
  })
})

describe('five minutes after azure/login', () => {
  const TOO_LATE = `echo "ERROR: AADSTS700024: Client assertion is not within its valid time range." >&2; exit 1`

  test('the token for ARM will do while the registry takes it', async () => {
    const az = await fakeAz(folder, { ...(await signedIn(azure)), registries: TOO_LATE })
    const run = await gateRun(azure, { ...NOBODY, PATH: az.PATH })
    expectSignedIn(run, `cli (${LACKING})`)
  })

  test('a registry that does not take it is out of reach, in words', async () => {
    const az = await fakeAz(folder, { ...(await signedIn(azure)), registries: TOO_LATE })
    azure.update(({ registry }) => (registry.armAudience = 'disabled'))
    const run = await gateRun(azure, { ...NOBODY, PATH: az.PATH })
    azure.update(({ registry }) => (registry.armAudience = 'enabled'))
    expect(refusalOf(run)).toBe(
      'Cannot sign in to Azure (cli) for https://containerregistry.azure.net/.default: AADSTS700024: Client assertion is not within its valid time range. ' +
        "The OIDC token that azure/login used has expired after five minutes: give this step client-id and tenant-id with 'permissions: id-token: write', so that it signs in by itself, or run it right after azure/login.",
    )
  })
})

describe('without a session', () => {
  test('the error says what else was tried, and what each way lacked', async () => {
    const az = await fakeAz(folder, { arm: NOT_SIGNED_IN, registries: NOT_SIGNED_IN })
    const run = await gateRun(azure, { ...NOBODY, PATH: az.PATH })
    expect(refusalOf(run)).toBe(
      `Cannot sign in to Azure (cli) for https://localhost:PORT/.default: Please run 'az login' to setup account. ${ELSE}`,
    )
  })

  test('nor an Azure CLI', async () => {
    const run = await gateRun(azure, { ...NOBODY, PATH: folder })
    expect(refusalOf(run)).toBe(
      `Cannot sign in to Azure (cli) for https://localhost:PORT/.default: There is no Azure CLI on this runner. ${ELSE}`,
    )
  })
})

describe('an Azure CLI that never answers', () => {
  test('does not outlive the timeout of the step', async () => {
    const az = await fakeAz(folder, { arm: HANGING, registries: HANGING, account: HANGING })
    const run = await gateRun(azure, { ...NOBODY, AZURE_SUBSCRIPTION_ID: '', PATH: az.PATH }, { timeout: '2s' })
    expect(refusalOf(run)).toBe(
      "Not done within the timeout of 2.0s. Raise the input 'timeout' if there was still progress.",
    )
    expect(signedInBy(run)).toContain('cli')
  })

  test('does not outlive a cancelled step, which ends by itself', async () => {
    const az = await fakeAz(folder, { arm: HANGING, registries: HANGING })
    const run = await gateRun(
      azure,
      { ...NOBODY, PATH: az.PATH },
      {},
      { signalAfter: { line: /Sign in to Azure: cli/ } },
    )
    expect(run).toMatchObject({ conclusion: 'cancelled', exitCode: 130, signal: null, leftovers: [], orphans: [] })
  })
})
