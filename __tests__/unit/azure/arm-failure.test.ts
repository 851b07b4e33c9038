import { describe, expect, test } from '@jest/globals'
import { armFailure, requestIds } from '../../../src/azure/arm-failure.ts'
import { StepError } from '../../../src/base/errors.ts'

/** An error as the SDK throws it. */
function sdkError(message: string, status?: number, code?: string, headers: Record<string, string> = {}) {
  return Object.assign(new Error(message), {
    ...(status === undefined ? {} : { statusCode: status }),
    ...(code === undefined ? {} : { code }),
    response: { headers: { get: (name: string) => headers[name] } },
  })
}
const DENIED =
  "The client 'x' with object id 'x' does not have authorization to perform action 'Microsoft.ContainerRegistry/registries/replications/write' over scope '/subscriptions/s/resourceGroups/rg' or the scope is invalid."
const failure = (error: unknown) => armFailure(error, 'Read registry contoso', 0)

describe('armFailure', () => {
  test('a message of pages leaves room for what to do', () => {
    const pages = 'x'.repeat(10_000)
    const error = Object.assign(new Error(pages), { statusCode: 400, code: pages })
    expect(armFailure(error, 'Read registry contoso', 0).message.length).toBeLessThan(2100)
  })

  test.each([
    [400, 'BadRequest', 'invalid'],
    [401, 'ExpiredAuthenticationToken', 'auth'],
    [403, 'AuthorizationFailed', 'forbidden'],
    [404, 'ResourceNotFound', 'not-found'],
    [408, undefined, 'transient'],
    [409, 'MissingSubscriptionRegistration', 'conflict'],
    [429, undefined, 'throttled'],
    [409, 'TooManyRequests', 'throttled'],
    [500, 'InternalServerError', 'transient'],
    [503, undefined, 'transient'],
  ])('%d %s is %s, with a remedy', (status, code, kind) =>
    expect(failure(sdkError('text', status, code))).toMatchObject({
      kind,
      status,
      code,
      remedy: expect.stringMatching(/\w{3}/),
    }),
  )

  test('says what was asked, what came and the ids a support case needs', () => {
    const headers = { 'x-ms-request-id': 'r-1', 'x-ms-correlation-request-id': 'c-1', 'retry-after': '17' }
    const cause = sdkError('no luck', 503, 'ServerBusy', headers)
    expect(failure(cause)).toMatchObject({
      message:
        'Read registry contoso failed: HTTP 503 ServerBusy: no luck (x-ms-request-id r-1, x-ms-correlation-request-id c-1)',
      retryAfterMs: 17_000,
      cause,
    })
  })

  test('does not repeat a code that is all the text there is', () => {
    expect(failure(sdkError('Gone', 404, 'Gone')).message).toBe('Read registry contoso failed: HTTP 404 Gone')
  })

  test('takes an answer the SDK trips over for a passing one', () => {
    expect(failure(new TypeError("Cannot read properties of undefined (reading 'name')"))).toMatchObject({
      kind: 'transient',
      message: expect.stringMatching(/^Read registry contoso failed: the answer is not of the shape Azure gives/),
    })
    expect(failure(sdkError('Unexpected token <', 200, 'PARSE_ERROR')).kind).toBe('transient')
  })

  test.each([
    ['ECONNRESET', 'socket hang up', 'transient'],
    ['REQUEST_SEND_ERROR', 'getaddrinfo EAI_AGAIN', 'transient'],
    [undefined, 'The operation timed out', 'transient'],
    ['PARSE_ERROR', 'Unexpected token <', 'transient'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed certificate', 'invalid'],
    [undefined, 'unable to verify the first certificate', 'invalid'],
    [undefined, 'x is not a function', 'bug'],
  ])('without an answer, %s (%s) is %s', (code, text, kind) =>
    expect(failure(sdkError(text, undefined, code))).toMatchObject({
      kind,
      message: `Read registry contoso failed: ${text}`,
    }),
  )

  test('a private authority has its remedy', () => {
    expect(failure(sdkError('self-signed certificate in chain')).remedy).toContain('NODE_EXTRA_CA_CERTS')
  })

  test.each([
    [DENIED, 'lacks Microsoft.ContainerRegistry/registries/replications/write on /subscriptions/s/resourceGroups/rg.'],
    [DENIED, 'Container Registry Contributor and Data Access Configuration Administrator'],
    [DENIED.replace('replications/write', 'webhooks/listEvents/action'), 'Configuration Administrator'],
    [DENIED.replace('replications/write', 'replications/read'), 'Container Registry Configuration Reader'],
    [DENIED.replace('registries/replications/write', 'registries/read'), 'Container Registry Configuration Reader'],
    [DENIED.replace('registries/replications/write', 'registries/write'), 'Configuration Administrator'],
    [DENIED.replace('ContainerRegistry/registries/replications/write', 'Resources/read'), "role 'Reader'"],
    ['Public network access is disabled', 'docs/azure-setup.md'],
  ])('403 %# names the action and the role that has it', (text, words) =>
    expect(failure(sdkError(text, 403, 'AuthorizationFailed')).remedy).toContain(words),
  )

  test.each([
    [404, 'SubscriptionNotFound', 'subscription-id, and that the identity'],
    [409, 'MissingSubscriptionRegistration', 'az provider register'],
  ])('%d %s has a remedy of its own', (status, code, words) =>
    expect(failure(sdkError('x', status, code)).remedy).toContain(words),
  )

  test('leaves errors of the step as they are', () => {
    const error = new StepError('timeout', 'x')
    expect(failure(error)).toBe(error)
  })

  test.each([undefined, null, 'text', 7, {}])('makes a StepError even of %j', thrown =>
    expect(failure(thrown)).toBeInstanceOf(StepError),
  )
})

test('requestIds names those there are', () => {
  expect(requestIds(() => undefined)).toBe('')
  expect(requestIds(name => (name === 'x-ms-request-id' ? 'r' : undefined))).toBe('x-ms-request-id r')
})
