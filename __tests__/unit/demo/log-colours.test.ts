import { expect, test } from '@jest/globals'
import { colourLogLine } from '../../../demo/log-colours.ts'

test.each([
  ['plain text', 'plain text'],
  ['##[group]Plan', '▾ Plan'],
  ['##[error]it broke', 'Error: it broke'],
  ['##[unknown]stays', '##[unknown]stays'],
  ['##[endgroup]', undefined],
])('%s', (line, shown) => expect(colourLogLine(line, false)).toBe(shown))

test('an error is red where there are colours', () => {
  expect(colourLogLine('##[error]no', true)).toBe('\u001b[31mError: no\u001b[0m')
})
