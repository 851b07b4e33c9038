import { describe, expect, test } from '@jest/globals'
import { chooseCloud } from '../../../src/azure/cloud.ts'
import { type SignIn } from '../../../src/azure/sign-in.ts'
import { createTokenSource } from '../../../src/azure/tokens.ts'
import { type RetryNotice } from '../../../src/base/retry.ts'
import { createFakeClock } from '../../support/fake-clock.ts'
import { rejection } from '../fixtures.ts'

const SCOPE = 'https://management.azure.com/.default'

/** A way in that fails before it reaches the network. */
const MISSING: SignIn = {
  method: 'certificate',
  clientId: '00000000-0000-4000-8000-000000000001',
  tenantId: '00000000-0000-4000-8000-000000000002',
  path: '/nowhere/certificate.pem',
  password: undefined,
}

function source(signal = new AbortController().signal) {
  const notices: RetryNotice[] = []
  const tokens = createTokenSource({
    signIn: MISSING,
    cloud: chooseCloud('azurecloud', '', ''),
    clock: createFakeClock(),
    signal,
    idToken: () => Promise.reject(new Error('not asked for')),
    mask: () => undefined,
    onRetry: notice => notices.push(notice),
    lacking: '',
  })
  return { tokens, notices }
}

describe('createTokenSource', () => {
  test('what another try cannot help fails at once, in words', async () => {
    const { tokens, notices } = source()
    expect(await rejection(tokens.getToken(SCOPE))).toMatchObject({
      kind: 'auth',
      message: expect.stringMatching(
        /^Cannot sign in to Azure \(certificate\) for https:\/\/management.*certificate\.pem/,
      ),
      remedy: expect.stringContaining('AZURE_CLIENT_CERTIFICATE_PATH'),
    })
    expect(notices).toEqual([])
  })

  test('asks once at a time for a scope, and again after a failure', async () => {
    const { tokens } = source()
    const [first, second, other] = await Promise.all(
      [[SCOPE], SCOPE, 'https://containerregistry.azure.net/.default'].map(scope => rejection(tokens.getToken(scope))),
    )
    expect(second).toBe(first)
    expect(other).not.toBe(first)
    expect(await rejection(tokens.getToken(SCOPE))).not.toBe(first)
  })

  test('does not begin once aborted', async () => {
    const reason = new Error('stop')
    expect(await rejection(source(AbortSignal.abort(reason)).tokens.getToken(SCOPE))).toBe(reason)
  })
})
