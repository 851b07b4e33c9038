import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { markdownText, printable } from '../../../src/report/printable.ts'
import { parseCommand } from '../../support/workflow-commands.ts'

const JOINER = '\u2060'
/** Text made of what is dangerous: pieces of commands, escapes, controls, mark-up. */
const nasty = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '::',
        ':',
        '##[',
        '#',
        '[',
        ']',
        'error',
        ' ',
        '\t',
        '\n',
        '\r',
        '\u001b[31m',
        '\u001b',
        '\u001b]0;x\u0007',
      ),
      fc.constantFrom(
        '\u009b31m',
        '\u202e',
        '\u200b',
        '\ufeff',
        '\u2028',
        '\u0000',
        '\u0085',
        '<b>',
        '&',
        '|',
        '`',
        '*',
        '@',
      ),
      fc.string({ unit: 'binary', maxLength: 5 }),
    ),
    { maxLength: 30 },
  )
  .map(parts => parts.join(''))

describe('printable', () => {
  test.each([
    ['plain text stays', 'plain text stays'],
    ['\u001b[1;31mred\u001b[0m', 'red'],
    ['\u001b]8;;https://x\u0007link\u001b]8;;\u0007', 'link'],
    ['one\ntwo\r\nthree', 'one two  three'],
    ['10%\u0008\u0008', '10%'],
    ['a\u202eb\u200bc', 'a b c'],
    ['tail \t ', 'tail'],
    ['::error::x', `:${JOINER}:error::x`],
    ['  ::error::x', `  :${JOINER}:error::x`],
    ['\u001b[0m::error::x', `:${JOINER}:error::x`],
    ['text ::error::x', 'text ::error::x'],
    ['a ##[error]x', `a #${JOINER}#[error]x`],
    ['#\u001b[0m#[error]x', `#${JOINER}#[error]x`],
    ['###[error]x', `##${JOINER}#[error]x`],
    ['漢字 😀 é', '漢字 😀 é'],
    ['', ''],
  ])('%j', (text, line) => expect(printable(text)).toBe(line))

  test('cuts what is too long', () => {
    expect(printable('x'.repeat(10_000))).toBe(`${'x'.repeat(4000)}…`)
    expect(printable('x'.repeat(4000))).toHaveLength(4000)
  })

  test('never leaves a command, a control character or a line break', () => {
    fc.assert(
      fc.property(nasty, text => {
        const line = printable(text)
        expect(line.trimStart().startsWith('::')).toBe(false)
        expect(line).not.toContain('##[')
        expect(line.replaceAll(JOINER, '')).not.toMatch(
          /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/u,
        )
        expect(parseCommand(line, () => true)).toBeUndefined()
      }),
      { numRuns: 2000 },
    )
  })

  test('says again what it said', () => {
    fc.assert(
      fc.property(
        nasty,
        text =>
          printable(printable(text)).replaceAll(/\s|\u2060/g, '') === printable(text).replaceAll(/\s|\u2060/g, ''),
      ),
    )
  })

  test.each(['\u001b]', '\u001b[', '\u001b[1', ' ', '::', '##['])('%j again and again comes to an end', piece => {
    expect(printable(piece.repeat(50_000)).length).toBeLessThanOrEqual(4001)
  })
})

describe('markdownText', () => {
  test.each([
    ['a < b & c > d', 'a &lt; b &amp; c &gt; d'],
    ['<script>', '&lt;script&gt;'],
    ['&lt;', '&amp;lt;'],
    ['a|b', 'a&#124;b'],
    ['`code` *bold* _it_ ~no~', '&#96;code&#96; &#42;bold&#42; &#95;it&#95; &#126;no&#126;'],
    ['![x](y)', '!&#91;x&#93;(y)'],
    ['@team', '&#64;team'],
    ['back\\slash', 'back&#92;slash'],
    ['one\ntwo', 'one two'],
    ['Japan East', 'Japan East'],
  ])('%j', (text, escaped) => expect(markdownText(text)).toBe(escaped))

  test('leaves no character that means anything to Markdown or HTML, and says the same', () => {
    const named: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>' }
    fc.assert(
      fc.property(nasty, text => {
        const escaped = markdownText(text)
        expect(escaped).not.toMatch(/[<>|`*_~[\]{}\\@\n]/)
        expect(escaped.replace(/&(?:amp|lt|gt|#\d+);/g, '')).not.toContain('&')
        const shown = escaped.replace(/&(?:amp|lt|gt|#(\d+));/g, (entity, code: string | undefined) =>
          code === undefined ? (named[entity] ?? '') : String.fromCodePoint(Number(code)),
        )
        expect(shown).toBe(printable(text))
      }),
      { numRuns: 1000 },
    )
  })
})
