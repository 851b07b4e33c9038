import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createLineSplitter } from '../../../src/base/lines.ts'

/** The lines of a stream that comes in these chunks. */
function split(...chunks: readonly Uint8Array[]): string[] {
  const lines: string[] = []
  const splitter = createLineSplitter(line => lines.push(line))
  for (const chunk of chunks) splitter.write(Buffer.from(chunk))
  splitter.end()
  return lines
}
const bytes = (text: string) => Buffer.from(text, 'utf8')

describe('createLineSplitter', () => {
  test.each([
    ['a\nb\n', ['a', 'b']],
    ['a\r\nb', ['a', 'b']],
    ['10%\r20%\rdone\n', ['10%', '20%', 'done']],
    ['a\n\n\nb', ['a', 'b']],
    ['no end', ['no end']],
    [' blanks stay \n', [' blanks stay ']],
    ['', []],
    ['\n', []],
  ])('%j', (text, lines) => expect(split(bytes(text))).toEqual(lines))

  test('says a line as soon as it ends', () => {
    const lines: string[] = []
    const splitter = createLineSplitter(line => lines.push(line))
    splitter.write(bytes('one\ntw'))
    expect(lines).toEqual(['one'])
    splitter.write(bytes('o\n'))
    expect(lines).toEqual(['one', 'two'])
  })

  test('however the bytes arrive, the lines are the same', () => {
    const text = fc.array(fc.constantFrom('a', 'é', '漢', '😀', '\r', '\n', '\r\n', ' '), { maxLength: 60 })
    fc.assert(
      fc.property(text, fc.array(fc.nat(200), { maxLength: 10 }), (parts, cuts) => {
        const all = bytes(parts.join(''))
        const ends = [...cuts.map(cut => Math.min(cut, all.length)).sort((a, b) => a - b), all.length]
        const chunks = ends.map((end, index) => all.subarray(ends[index - 1] ?? 0, end))
        expect(split(...chunks)).toEqual(split(all))
        expect(split(all)).toEqual(
          parts
            .join('')
            .split(/[\r\n]/)
            .filter(line => line !== ''),
        )
      }),
    )
  })

  test('bytes that are no text do no harm', () => {
    fc.assert(fc.property(fc.uint8Array(), chunk => split(chunk).every(line => !/[\r\n]/.test(line))))
  })

  test('a line without end is cut, and said to be; the next one is whole', () => {
    const chunk = bytes('x'.repeat(100_000))
    const [long, next, ...more] = split(chunk, chunk, bytes('\nnext\n'))
    expect([long, next, more]).toEqual([`${'x'.repeat(8192)}…`, 'next', []])
  })

  test('a line that just fits is whole', () => {
    const [line = ''] = split(bytes(`${'x'.repeat(8192)}\n`))
    expect([line.length, line.at(-1)]).toEqual([8192, 'x'])
  })
})
