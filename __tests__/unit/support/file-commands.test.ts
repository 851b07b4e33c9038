import { describe, expect, test } from '@jest/globals'
import { parseKeyValueFile, parsePathFile } from '../../support/file-commands.ts'

describe('parseKeyValueFile', () => {
  test('reads simple lines, heredocs and an empty value', () => {
    const text = 'ready=true\n\njson<<END\n{\n  "a=b": "<<"\n}\nEND\nempty<<E\nE\nurl=https://a/?b=c\n'
    expect(parseKeyValueFile(text)).toEqual({
      ready: 'true',
      json: '{\n  "a=b": "<<"\n}',
      empty: '',
      url: 'https://a/?b=c',
    })
  })

  test('a later value wins', () => expect(parseKeyValueFile('a=1\na<<E\n2\nE\n')).toEqual({ a: '2' }))

  test('a value may hold what looks like its own heredoc sign', () => {
    expect(parseKeyValueFile('a=b<<c')).toEqual({ a: 'b<<c' })
  })

  test.each([
    ['no delimiter', 'a<<END\nvalue\n', /Matching delimiter not found 'END'/],
    ['an empty delimiter', 'a<<\nvalue\n\n', /Matching delimiter not found ''/],
    ['neither form', 'nonsense\n', /Invalid format 'nonsense'/],
    ['an empty name', '=value\n', /Name must not be empty/],
  ])('refuses %s', (_, text, message) => expect(() => parseKeyValueFile(text)).toThrow(message))
})

test('parsePathFile drops blank lines', () => expect(parsePathFile('/a\n\n/b\n')).toEqual(['/a', '/b']))
