import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { isTransientCode, kindOfStatus, retryAfterMs } from '../../../src/base/http-failure.ts'

describe('kindOfStatus', () => {
  test.each([
    [400, 'invalid'],
    [401, 'auth'],
    [403, 'forbidden'],
    [404, 'not-found'],
    [405, 'invalid'],
    [408, 'transient'],
    [409, 'conflict'],
    [412, 'conflict'],
    [429, 'throttled'],
    [500, 'transient'],
    [501, 'invalid'],
    [502, 'transient'],
    [503, 'transient'],
    [504, 'transient'],
    [505, 'invalid'],
    [599, 'transient'],
    [200, 'invalid'],
    [307, 'invalid'],
  ])('%d is %s', (status, kind) => expect(kindOfStatus(status)).toBe(kind))
})

describe('isTransientCode', () => {
  test.each(['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN', 'REQUEST_SEND_ERROR', 'PARSE_ERROR'])(
    '%s passes',
    code => expect(isTransientCode(code)).toBe(true),
  )
  test.each(['ENOTFOUND', 'EACCES', 'DEPTH_ZERO_SELF_SIGNED_CERT', '', undefined])('%s does not', code =>
    expect(isTransientCode(code)).toBe(false),
  )
})

describe('retryAfterMs', () => {
  const now = Date.UTC(2026, 0, 1, 12, 0, 0)
  const read = (headers: Record<string, string>) => retryAfterMs(name => headers[name], now)

  test.each([
    [{ 'retry-after': '7' }, 7000],
    [{ 'retry-after': ' 7 ' }, 7000],
    [{ 'retry-after': '0' }, 0],
    [{ 'retry-after': 'Thu, 01 Jan 2026 12:00:30 GMT' }, 30_000],
    [{ 'retry-after': 'Thu, 01 Jan 2026 11:00:00 GMT' }, 0],
    [{ 'retry-after-ms': '250', 'retry-after': '7' }, 250],
    [{ 'x-ms-retry-after-ms': '300' }, 300],
    [{ 'retry-after-ms': 'soon', 'retry-after': '7' }, 7000],
    [{ 'retry-after-ms': '', 'retry-after': '7' }, 7000],
  ])('%j', (headers, ms) => expect(read(headers)).toBe(ms))

  test.each([
    [{}],
    [{ 'retry-after': '' }],
    [{ 'retry-after': 'soon' }],
    [{ 'retry-after': '-3' }],
    [{ 'retry-after': 'Infinity' }],
    [{ 'retry-after-ms': '-1' }],
  ])('%j asks for nothing', headers => expect(read(headers)).toBeUndefined())

  test('whatever a service sends, the wait is a number from zero on, or none', () => {
    fc.assert(
      fc.property(fc.option(fc.string()), fc.option(fc.string()), (ms, plain) => {
        const wait = retryAfterMs(name => (name === 'retry-after' ? plain : ms) ?? undefined, now)
        if (wait !== undefined) expect(wait >= 0 && Number.isFinite(wait)).toBe(true)
      }),
    )
  })
})
