import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  type ErrorKind,
  StepError,
  causesOf,
  explain,
  isKind,
  isRetryable,
  messageOf,
} from '../../../src/base/errors.ts'

const circular: Record<string, unknown> = {}
circular['self'] = circular

describe('StepError', () => {
  test('carries what it was given, and no cause when there is none', () => {
    const cause = new Error('why')
    const options = { remedy: 'do', retryAfterMs: 5, status: 429, code: 'TooMany', cause }
    expect(new StepError('throttled', 'what', options)).toMatchObject({
      ...options,
      name: 'StepError',
      kind: 'throttled',
      message: 'what',
    })
    expect('cause' in new StepError('bug', 'what')).toBe(false)
  })
})

describe('messageOf', () => {
  test.each([
    ['an error', new Error('it broke'), 'it broke'],
    ['an error without a message', new TypeError(''), 'TypeError'],
    ['a text', 'plain', 'plain'],
    ['an object', { a: 1 }, '{"a":1}'],
    ['null', null, 'null'],
    ['a number', 7, '7'],
  ])('of %s', (_, thrown, message) => expect(messageOf(thrown)).toBe(message))

  test.each([
    ['undefined', undefined],
    ['a function', () => 1],
    ['a symbol', Symbol('s')],
    ['a big integer', 1n],
    ['a circle', circular],
  ])('of %s is a text, too', (_, thrown) => expect(messageOf(thrown)).toMatch(/./))

  test('of anything is a text', () => {
    fc.assert(fc.property(fc.anything({ withBigInt: true }), thrown => typeof messageOf(thrown) === 'string'))
  })
})

describe('explain', () => {
  test.each([
    [new StepError('invalid', 'It is wrong', { remedy: 'Write it right' }), 'It is wrong. Write it right.'],
    [new StepError('invalid', 'Is it?', { remedy: 'Yes!' }), 'Is it? Yes!'],
    [new StepError('invalid', ' It ends. '), 'It ends.'],
    [new Error('plain'), 'plain.'],
    ['text:', 'text:'],
  ])('%#', (error, text) => expect(explain(error)).toBe(text))

  test('leaves causes to the log', () => {
    expect(explain(new StepError('bug', 'outer', { cause: new Error('inner') }))).toBe('outer.')
  })
})

describe('causesOf', () => {
  test('says each once, outermost first, also those that are no errors', () => {
    const root = new Error('root', { cause: 'a text' })
    const same = new Error('root', { cause: root })
    expect(causesOf(new Error('top', { cause: new Error('middle', { cause: same }) }))).toEqual([
      'middle',
      'root',
      'a text',
    ])
  })

  test('leaves out what the message says already', () => {
    expect(causesOf(new Error('failed: no route', { cause: new Error('no route') }))).toEqual([])
  })

  test('ends for an error that causes itself', () => {
    const error = new Error('round')
    error.cause = error
    expect(causesOf(error)).toEqual([])
  })

  test.each([[undefined], ['text'], [{ cause: 'x' }]])('of %j there are none', thrown =>
    expect(causesOf(thrown)).toEqual([]),
  )
})

describe('kinds', () => {
  const retryable: readonly ErrorKind[] = ['transient', 'throttled']
  const final: readonly ErrorKind[] = [
    'auth',
    'forbidden',
    'not-found',
    'conflict',
    'invalid',
    'timeout',
    'cancelled',
    'bug',
  ]
  test.each(retryable)('%s is worth another try', kind => expect(isRetryable(new StepError(kind, 'x'))).toBe(true))
  test.each(final)('%s is not', kind => expect(isRetryable(new StepError(kind, 'x'))).toBe(false))

  test('what is no StepError has no kind', () => {
    expect(isRetryable(Object.assign(new Error('x'), { kind: 'transient' }))).toBe(false)
    expect(isKind(Object.assign(new Error('x'), { kind: 'auth' }), 'auth')).toBe(false)
  })

  test('isKind takes several', () => {
    const error = new StepError('auth', 'x')
    expect([isKind(error, 'forbidden', 'auth'), isKind(error, 'forbidden'), isKind(error)]).toEqual([
      true,
      false,
      false,
    ])
  })
})
