import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { optional, readBoolean, readChoice, readList, requireMatch } from '../../src/input-fields.ts'
import { thrownBy } from './fixtures.ts'

const saying = (text: string) => () => text

test.each([
  ['', undefined],
  [' \n\t', undefined],
  [' a b ', 'a b'],
])('optional %j', (text, value) => expect(optional(text)).toBe(value))

describe('readList', () => {
  test.each([
    ['', []],
    ['a', ['a']],
    ['a,b\nc', ['a', 'b', 'c']],
    [' a ,,\r\n b\n,a', ['a', 'b']],
  ])('%j', (text, list) => expect(readList(saying(text), 'x')).toEqual(list))

  test('entries are trimmed, unlike each other and in the order written', () => {
    fc.assert(
      fc.property(fc.string(), text => {
        const list = readList(saying(text), 'x')
        expect(new Set(list).size).toBe(list.length)
        for (const entry of list) expect(entry).toMatch(/^[^\s,](?:[^,\n]*[^\s,])?$/)
        expect(readList(saying(list.join('\n')), 'x')).toEqual(list)
      }),
    )
  })
})

describe('readBoolean', () => {
  test.each(['true', 'True', 'TRUE', ' true '])('%j', text => expect(readBoolean(saying(text), 'x', false)).toBe(true))
  test.each(['false', 'False', 'FALSE'])('%j', text => expect(readBoolean(saying(text), 'x', true)).toBe(false))
  test.each([true, false])('not set is the default, %s', fallback =>
    expect(readBoolean(saying(' '), 'x', fallback)).toBe(fallback),
  )
  test('anything else is an error', () => {
    const words = ['true', 'false']
    fc.assert(
      fc.property(fc.string(), text => {
        fc.pre(text.trim() !== '' && !words.includes(text.trim().toLowerCase()))
        expect(thrownBy(() => readBoolean(saying(text), 'push', true))).toMatchObject({
          kind: 'invalid',
          remedy: 'Write true or false.',
        })
      }),
    )
  })
})

describe('readChoice', () => {
  const choices = ['one', 'two'] as const
  test.each([
    ['one', 'one'],
    [' TWO ', 'two'],
    ['', 'one'],
  ])('%j', (text, choice) => expect(readChoice(saying(text), 'x', choices, 'one')).toBe(choice))

  test.each(['three', 'on', 'one,two', 'constructor'])('%j is none: the error lists them', text =>
    expect(thrownBy(() => readChoice(saying(text), 'count', choices, 'one'))).toMatchObject({
      kind: 'invalid',
      message: `Input 'count' is '${text}'`,
      remedy: 'Write one of: one, two.',
    }),
  )
})

test('requireMatch names input, text and remedy', () => {
  expect(thrownBy(() => requireMatch('abc', /^[a-c]+$/, 'x', 'Write abc.'))).toBeUndefined()
  expect(thrownBy(() => requireMatch('abd', /^[a-c]+$/, 'x', 'Write abc.'))).toMatchObject({
    kind: 'invalid',
    message: "Input 'x' is 'abd'",
    remedy: 'Write abc.',
  })
})
