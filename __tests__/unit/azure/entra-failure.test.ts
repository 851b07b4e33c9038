import { describe, expect, test } from '@jest/globals'
import { type EntraFailureContext, entraFailure } from '../../../src/azure/entra-failure.ts'
import { type SignIn } from '../../../src/azure/sign-in.ts'
import { StepError } from '../../../src/base/errors.ts'

const APP = { clientId: 'c', tenantId: 't' }
const TRACE = '11111111-0000-4000-8000-000000000001'
const CORRELATION = '22222222-0000-4000-8000-000000000002'
const OIDC: SignIn = { method: 'oidc', ...APP }
const answer = (status: number, headers: Record<string, string> = {}) => ({
  status,
  header: (name: string) => headers[name],
})

function failure(text: string, context: Partial<EntraFailureContext> = {}): StepError {
  return entraFailure(new Error(text), {
    signIn: OIDC,
    scope: 'https://management.azure.com/.default',
    answer: undefined,
    now: 0,
    presented: undefined,
    lacking: '',
    ...context,
  })
}

describe('entraFailure', () => {
  test.each([
    ['AADSTS700016', 'auth', /client-id and tenant-id/],
    ['AADSTS7000215', 'auth', /its value \(not its id\)/],
    ['AADSTS7000222', 'auth', /expired/],
    ['AADSTS700024', 'auth', /clock/],
    ['AADSTS700027', 'auth', /certificate/],
    ['AADSTS70021', 'auth', /issuer, subject and audience/],
    ['AADSTS70025', 'auth', /issuer, subject and audience/],
    ['AADSTS700213', 'auth', /issuer, subject and audience/],
    ['AADSTS700212', 'auth', /issuer, subject and audience/],
    ['AADSTS700211', 'auth', /issuer, subject and audience/],
    ['AADSTS90002', 'auth', /tenant/],
    ['AADSTS53003', 'auth', /Conditional Access/],
    ['AADSTS500011', 'auth', /audience/],
    ['AADSTS90033', 'transient', /unavailable/],
    ['AADSTS50196', 'throttled', /loop/],
  ])('%s is %s', (code, kind, remedy) => {
    // Entra gives the ids once, MSAL again.
    const ids = `Trace ID: ${TRACE} Correlation ID: ${CORRELATION} Timestamp: now`
    const text = `invalid_client: ${code}: It went wrong. ${ids} - Correlation ID: ${CORRELATION} - Trace ID: ${TRACE}`
    const error = failure(text, { answer: answer(401) })
    expect(error).toMatchObject({ kind, code, remedy: expect.stringMatching(remedy) })
    expect(error.message).toBe(
      `Cannot sign in to Azure (oidc) for https://management.azure.com/.default: ${code}: It went wrong. (trace id ${TRACE}, correlation id ${CORRELATION})`,
    )
  })

  test('what MSAL keeps to itself is taken from the answer', () => {
    const body = JSON.stringify({ error_description: 'AADSTS90002: Tenant t not found. Trace ID: x' })
    const error = failure('endpoints_resolution_error', { answer: { ...answer(400), body } })
    expect(error).toMatchObject({ kind: 'auth', code: 'AADSTS90002' })
    expect(error.message).toContain('AADSTS90002: Tenant t not found.')
    expect(failure('nothing', { answer: { ...answer(400), body: '<html>' } }).code).toBeUndefined()
  })

  test('an assertion of azure/login is too old after five minutes', () => {
    const signIn: SignIn = { method: 'cli', tenantId: undefined }
    expect(failure('AADSTS700024: too late', { signIn }).remedy).toMatch(/azure\/login used has expired/)
  })

  test('a code is told from one that only begins like it', () => {
    expect(failure('AADSTS7002130: new').code).toBeUndefined()
  })

  test('says what was presented where no federated credential matches', () => {
    const presented = 'issuer i, subject repo:o/r:ref:refs/heads/main, audience a'
    expect(failure('AADSTS700213: no match', { presented }).remedy).toContain(`Presented: ${presented}.`)
  })

  test.each([
    [400, 'invalid'],
    [401, 'auth'],
    [429, 'throttled'],
    [503, 'transient'],
  ])('without a known code, status %d decides: %s', (status, kind) =>
    expect(failure('no luck', { answer: answer(status) }).kind).toBe(kind),
  )

  test.each([429, 503])('status %d is the service’s own trouble', status =>
    expect(failure('no luck', { answer: answer(status) }).remedy).toContain('busy'),
  )

  test('passes on how long Entra asks to wait', () => {
    expect(failure('busy', { answer: answer(429, { 'retry-after': '3' }) }).retryAfterMs).toBe(3000)
  })

  test.each([
    ['connect ECONNREFUSED 127.0.0.1:443', 'transient'],
    ['getaddrinfo EAI_AGAIN login.microsoftonline.com', 'transient'],
    ['network_error: Network request failed', 'transient'],
    ['socket hang up', 'transient'],
    ['ENOENT: no such file or directory', 'auth'],
    ['something else', 'auth'],
  ])('without an answer, %s is %s', (text, kind) => expect(failure(text).kind).toBe(kind))

  test.each([
    ['oidc', OIDC, 'id-token: write'],
    ['a secret', { method: 'secret', ...APP, clientSecret: 'x' } as const, 'AZURE_CLIENT_SECRET'],
    ['a certificate', { method: 'certificate', ...APP, path: '/c', password: undefined } as const, '_CERTIFICATE_PATH'],
    ['workload identity', { method: 'workload-identity', ...APP, tokenFile: '/t' } as const, '_FEDERATED_TOKEN_FILE'],
    ['managed identity', { method: 'managed-identity', clientId: undefined } as const, 'machines of Azure'],
  ])('%s has its remedy', (_, signIn, words) => expect(failure('no', { signIn }).remedy).toContain(words))

  test('the CLI says its first line, and what other ways lacked', () => {
    const cli = { signIn: { method: 'cli', tenantId: undefined } as const, lacking: 'oidc lacks client-id' }
    expect(failure("\nPlease run 'az login'\nmore", cli)).toMatchObject({
      kind: 'auth',
      message: expect.stringMatching(/: Please run 'az login'$/),
      remedy: expect.stringMatching(/azure\/login.*oidc lacks client-id/),
    })
  })

  describe('a run that GitHub gives less', () => {
    const cli = { signIn: { method: 'cli', tenantId: undefined } as const, lacking: 'oidc lacks id-token: write' }
    const noToken = 'Unable to get ACTIONS_ID_TOKEN_REQUEST_URL env variable'

    test.each<[string, Partial<EntraFailureContext>, RegExp]>([
      ["Please run 'az login'", { ...cli, origin: 'fork' }, /from a fork: .*secrets.*after the merge/],
      ["Please run 'az login'", { ...cli, origin: 'dependabot' }, /by Dependabot: .*secrets.*after the merge/],
      [noToken, { origin: 'fork' }, /from a fork: .*OIDC token.*after the merge/],
      [noToken, { origin: 'dependabot' }, /id-token: write/],
      ['Failed to get ID Token. Error Code : 500', { origin: 'fork' }, /id-token: write/],
      // It got what it needs.
      ['AADSTS700213: no match', { origin: 'fork' }, /issuer, subject and audience/],
    ])('%j, %j', (text, context, remedy) => expect(failure(text, context).remedy).toMatch(remedy))

    test.each([
      ["Please run 'az login'", cli],
      [noToken, {}],
    ])('%j: no other run hears of forks', (text, context) =>
      expect(failure(text, context).remedy).not.toMatch(/fork|Dependabot/),
    )
  })

  test.each(['self-signed certificate', 'endpoints_resolution_error', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'])(
    '%s speaks of the sign-in service and its certificate',
    text => expect(failure(text)).toMatchObject({ kind: 'invalid', remedy: expect.stringContaining('NODE_EXTRA_CA') }),
  )

  test.each([
    ['Unable to get ACTIONS_ID_TOKEN_REQUEST_URL env variable', 'auth'],
    ['Failed to get ID Token. \n \n        Error Code : 403\n \n        Error Message: no', 'auth'],
    ['Failed to get ID Token. Error Code : 429', 'transient'],
    ['Failed to get ID Token. Error Code : 500', 'transient'],
  ])('GitHub without a token: %j is %s', (text, kind) =>
    expect(failure(text)).toMatchObject({
      kind,
      message: expect.stringContaining('GitHub gave no OIDC token'),
      remedy: expect.stringContaining('id-token: write'),
    }),
  )

  test.each([
    ['another way to sign in', { signIn: { method: 'secret', ...APP, clientSecret: 's' } as const }],
    ['Entra, which refused', { answer: answer(400) }],
  ])('an id_token in the words of %s is not GitHub’s', (_, context) => {
    const error = failure('invalid_request: id_token is not allowed', context)
    expect(error.message).not.toContain('GitHub')
    expect(error.kind).not.toBe('transient')
  })

  test('a message of pages is cut', () => {
    expect(failure('x'.repeat(10_000)).message.length).toBeLessThan(600)
  })

  test.each([undefined, null, {}, 7])('makes a StepError even of %j', thrown => {
    const context = { signIn: OIDC, scope: 's', answer: undefined, now: 0, presented: undefined, lacking: '' }
    expect(entraFailure(thrown, context)).toBeInstanceOf(StepError)
  })
})
