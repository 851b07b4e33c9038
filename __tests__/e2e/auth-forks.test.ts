import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Emulator } from '../../emulator/index.ts'
import { gateRun, refusalOf } from '../support/auth/gate-run.ts'
import { fakeAz, NOT_SIGNED_IN } from '../support/auth/fake-az.ts'
import { appOf, NOBODY } from '../support/auth/identity.ts'
import { startQuickAzure } from '../support/step/azure.ts'

let azure: Emulator
let folder: string
let PATH: string
beforeAll(async () => {
  azure = await startQuickAzure({ replicas: [{ location: 'eastus' }] })
  folder = await mkdtemp(join(tmpdir(), 'auth-forks-'))
  PATH = (await fakeAz(folder, { arm: NOT_SIGNED_IN, registries: NOT_SIGNED_IN })).PATH
})
afterAll(async () => {
  await azure.stop()
  await rm(folder, { recursive: true })
})

/** What GitHub tells a run about the pull request it is for. */
const pullRequest = async (headRepository: string, actor: string) => {
  const file = join(folder, `${actor}.json`)
  const repo = (name: string) => ({ full_name: name, fork: name !== 'contoso/shop' })
  const pull_request = { head: { repo: repo(headRepository) }, base: { repo: repo('contoso/shop') } }
  await writeFile(file, JSON.stringify({ action: 'opened', pull_request }))
  return { GITHUB_EVENT_NAME: 'pull_request', GITHUB_EVENT_PATH: file, GITHUB_ACTOR: actor }
}
const AUTHS = ['auto', 'oidc', 'environment'] as const

/** The refusals of a run without secrets and without an id-token, by way to sign in. */
const refusals = async (env: Readonly<Record<string, string>>, auths: readonly string[] = AUTHS) =>
  Promise.all(auths.map(async auth => refusalOf(await gateRun(azure, { PATH, ...env }, { auth }))))

describe('a run that GitHub gives neither secrets nor an id-token says so, and what to do, whatever the way to sign in', () => {
  test('from a fork', async () => {
    // Variables do not reach it either, where the workflow takes the client id from one.
    for (const says of await refusals({ ...NOBODY, ...(await pullRequest('mallory/shop', 'mallory')) })) {
      expect(says).toMatch(/from a fork/)
      expect(says).toMatch(/secrets/)
      expect(says).toMatch(/after the merge/)
      expect(says).not.toContain('Dependabot')
    }
  })

  test('of Dependabot', async () => {
    for (const says of await refusals({ ...appOf(azure), ...(await pullRequest('contoso/shop', 'dependabot[bot]')) })) {
      expect(says).toMatch(/Dependabot/)
      expect(says).toMatch(/secrets/)
      expect(says).toMatch(/after the merge/)
      expect(says).not.toMatch(/fork/)
    }
  })

  test('neither: what is missing is named, and nobody is sent after forks', async () => {
    const [auto, oidc, environment] = await refusals(appOf(azure))
    expect(auto).toMatch(/id-token: write.*AZURE_CLIENT_SECRET/)
    expect(oidc).toMatch(/id-token: write/)
    expect(environment).toMatch(/AZURE_CLIENT_SECRET/)
    for (const says of [auto, oidc, environment]) expect(says).not.toMatch(/this run (?:is|comes) from a fork/i)
  })
})
