import { describe, expect, test } from '@jest/globals'
import { keepToken, renewalTime } from '../../../src/registry/kept-token.ts'
import { createFakeClock } from '../../support/fake-clock.ts'
import { rejection } from '../fixtures.ts'

const jwt = (claims: unknown) => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`

describe('keepToken', () => {
  function counting(lifetime = 1000) {
    const clock = createFakeClock(0)
    let made = 0
    const token = keepToken(
      async () => {
        made += 1
        return { token: `token ${made}`, renewAt: clock.now() + lifetime }
      },
      () => clock.now(),
    )
    return { clock, token, made: () => made }
  }

  test('makes one for all who ask at the same time', async () => {
    const { token, made } = counting()
    expect(await Promise.all([token.get(), token.get(), token.get()])).toEqual(['token 1', 'token 1', 'token 1'])
    expect(made()).toBe(1)
  })

  test('keeps it until it is due, and then makes one more', async () => {
    const { clock, token, made } = counting()
    await token.get()
    clock.advance(999)
    expect(await token.get()).toBe('token 1')
    clock.advance(1)
    expect(await Promise.all([token.get(), token.get()])).toEqual(['token 2', 'token 2'])
    expect(made()).toBe(2)
  })

  test('makes a new one once dropped', async () => {
    const { token } = counting()
    await token.get()
    token.drop()
    expect(await token.get()).toBe('token 2')
  })

  test('a failure reaches all who asked, and is not kept', async () => {
    const errors = [new Error('first')]
    const token = keepToken(
      async () => {
        const error = errors.pop()
        if (error !== undefined) throw error
        return { token: 'second', renewAt: 1000 }
      },
      () => 0,
    )
    const both = [token.get(), token.get()].map(rejection)
    expect((await Promise.all(both)).map(({ message }) => message)).toEqual(['first', 'first'])
    expect(await token.get()).toBe('second')
  })
})

describe('renewalTime', () => {
  const now = 1_000_000
  test.each([
    ['five minutes before the end of a long one', jwt({ exp: 1000 + 3 * 3600 }), now + (3 * 3600 - 300) * 1000],
    ['after four fifths of a short one', jwt({ exp: 1000 + 100 }), now + 80_000],
    ['at once for one that has ended', jwt({ exp: 900 }), 900_000],
    ['in a minute without an end', jwt({ sub: 'x' }), now + 60_000],
    ['in a minute for an end that is no number', jwt({ exp: 'soon' }), now + 60_000],
    ['in a minute for null', jwt(null), now + 60_000],
    ['in a minute for what is no JWT', 'opaque', now + 60_000],
  ])('%s', (_, token, at) => expect(renewalTime(token, now)).toBe(at))
})
