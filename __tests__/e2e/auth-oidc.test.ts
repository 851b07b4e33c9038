import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Emulator } from '../../emulator/index.ts'
import { type Fault } from '../../emulator/http/fault.ts'
import { expectSignedIn, gateRun, refusalOf, storeGated } from '../support/auth/gate-run.ts'
import { startQuickAzure } from '../support/step/azure.ts'

const OIDC = 'oidc (client-id, tenant-id and id-token: write are given)'
let azure: Emulator
beforeAll(async () => {
  azure = await startQuickAzure({ replicas: [{ location: 'eastus' }] })
  await storeGated(azure)
})
afterAll(() => azure.stop())

const runWith = async (action: Fault['action'], count?: number) => {
  const heal = azure.addFault({ match: { service: 'github' }, action, ...(count === undefined ? {} : { count }) })
  try {
    return await gateRun(azure, {})
  } finally {
    heal()
  }
}

describe('the request for GitHub’s token', () => {
  test.each<[string, Fault['action']]>([
    ['an error 500', { status: 500, body: { message: 'oops' } }],
    ['an error 502', { status: 502, body: 'Bad Gateway' }],
    ['a broken connection', { reset: true }],
    ['a rate limit', { status: 429 }],
  ])('is repeated after %s', async (_, action) => {
    const run = await runWith(action, 1)
    expectSignedIn(run, OIDC)
    expect(
      run.requests
        .filter(({ service }) => service === 'github')
        .map(({ status }) => status)
        .at(-1),
    ).toBe(200)
  })

  test.each<[string, Fault['action'], string]>([
    [
      'an error 403',
      { status: 403, body: { message: 'The job may not have one' } },
      'Failed to get ID Token. Error Code : 403 Error Message: The job may not have one',
    ],
    ['an error 404', { status: 404, body: {} }, 'Response json body do not have ID Token field'],
  ])('is not repeated after %s, which is told', async (_, action, says) => {
    const run = await runWith(action)
    expect(refusalOf(run)).toBe(
      `Cannot sign in to Azure (oidc) for https://localhost:PORT/.default: GitHub gave no OIDC token: Error message: ${says}. ` +
        "Give the job 'permissions: id-token: write'.",
    )
    expect(run.log).not.toContain('Next try')
  })
})
