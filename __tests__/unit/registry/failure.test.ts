import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { StepError } from '../../../src/base/errors.ts'
import { answerFailure, registryErrors, requestFailure } from '../../../src/registry/failure.ts'

const body = (...errors: unknown[]) => JSON.stringify({ errors })
const answer = (status: number, text = '', headers: Record<string, string> = {}) => ({
  status,
  body: text,
  header: (name: string) => headers[name],
})

describe('registryErrors', () => {
  test.each([
    [body({ code: 'DENIED', message: 'no', detail: 1 }), [{ code: 'DENIED', message: 'no' }]],
    [
      body({ code: 'A' }, { message: 'b' }),
      [
        { code: 'A', message: '' },
        { code: '', message: 'b' },
      ],
    ],
    [body({ code: 7, message: null }), [{ code: '', message: '' }]],
    [body(null, 'x', 7, { code: 'A', message: 'b' }), [{ code: 'A', message: 'b' }]],
    ['{"errors":{}}', []],
    ['{}', []],
    ['null', []],
    ['[]', []],
    ['<html>', []],
    ['', []],
  ])('%s', (text, errors) => expect(registryErrors(text)).toEqual(errors))

  test('reads anything without failing', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), text => Array.isArray(registryErrors(text))))
  })
})

describe('answerFailure', () => {
  test('a message of pages leaves room for what to do', () => {
    const long = answer(500, body({ code: 'UNKNOWN', message: 'x'.repeat(10_000) }))
    expect(answerFailure(long, 'Look-up of web:1', 0, '').message.length).toBeLessThan(1100)
  })

  test.each([
    [401, 'auth', 'AcrPush'],
    [403, 'forbidden', 'firewall'],
    [404, 'not-found', 'registry'],
    [429, 'throttled', 'later'],
    [500, 'transient', 'status.azure.com'],
    [418, 'invalid', 'registry'],
  ])('%d is %s', (status, kind, remedy) =>
    expect(answerFailure(answer(status), 'Look-up of web:1', 0, 'Give it AcrPush.')).toMatchObject({
      kind,
      status,
      message: `Look-up of web:1 failed: HTTP ${status}`,
      remedy: expect.stringContaining(remedy),
    }),
  )

  test('quotes the first error, and the id a support case needs', () => {
    const headers = { 'x-ms-correlation-request-id': 'c-1', 'retry-after': '2' }
    const text = body({ code: 'TOOMANYREQUESTS', message: 'slow down' }, { code: 'OTHER' })
    expect(answerFailure(answer(429, text, headers), 'Push', 0, '')).toMatchObject({
      message: 'Push failed: HTTP 429 TOOMANYREQUESTS: slow down (correlation id c-1)',
      code: 'TOOMANYREQUESTS',
      retryAfterMs: 2000,
    })
  })
})

describe('requestFailure', () => {
  const failure = (message: string, code?: unknown) =>
    requestFailure(Object.assign(new Error(message), { code }), 'Look-up', 'contoso.azurecr.io')

  test.each([
    ['getaddrinfo ENOTFOUND contoso.azurecr.io', 'ENOTFOUND', 'not-found', 'DNS'],
    ['self-signed certificate', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'invalid', 'NODE_EXTRA_CA_CERTS'],
    ['altname', 'ERR_TLS_CERT_ALTNAME_INVALID', 'invalid', 'NODE_EXTRA_CA_CERTS'],
    ['unable to verify the first certificate', undefined, 'invalid', 'NODE_EXTRA_CA_CERTS'],
    ['read ECONNRESET', 'ECONNRESET', 'transient', 'network'],
    ['connect ECONNREFUSED', 'ECONNREFUSED', 'transient', 'network'],
    ['getaddrinfo EAI_AGAIN', 'EAI_AGAIN', 'transient', 'network'],
    ['The operation was aborted due to timeout', 'ABORT_ERR', 'transient', 'network'],
    ['socket hang up', undefined, 'transient', 'network'],
    ['the answer is larger than 8 bytes', undefined, 'bug', 'network'],
  ])('%s (%s) is %s', (message, code, kind, remedy) =>
    expect(failure(message, code)).toMatchObject({
      kind,
      status: undefined,
      remedy: expect.stringContaining(remedy),
      message: expect.stringMatching(/^Look-up failed: /),
    }),
  )

  test('keeps the code of the network', () => expect(failure('x', 'ECONNRESET').code).toBe('ECONNRESET'))

  test('leaves errors of the step as they are', () => {
    const error = new StepError('timeout', 'x')
    expect(requestFailure(error, 'x', 'h')).toBe(error)
  })

  test.each([undefined, null, 'text', { code: 7 }])('makes a StepError even of %j', thrown =>
    expect(requestFailure(thrown, 'x', 'h')).toBeInstanceOf(StepError),
  )
})
