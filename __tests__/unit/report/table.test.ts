import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { textTable } from '../../../src/report/table.ts'

describe('textTable', () => {
  test('lays out columns two spaces apart, with nothing behind the last', () => {
    const rows = [
      ['NAME', 'STATE', 'X'],
      ['japaneast', 'Ready', ''],
      ['eastus', '', 'yes'],
    ]
    expect(textTable(rows)).toEqual(['NAME       STATE  X', 'japaneast  Ready', 'eastus            yes'])
  })

  test('takes rows that are too short, and no rows', () => {
    expect(textTable([['A', 'B'], ['long'], []])).toEqual(['A     B', 'long', ''])
    expect(textTable([])).toEqual([])
  })

  test('every cell begins where its head does', () => {
    const cell = fc.stringMatching(/^[a-z]{1,12}$/)
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 8 }), rows => {
        const lines = textTable(rows)
        const [head = ''] = lines
        const starts = [0, ...[...head.matchAll(/ {2}(?=\S)/g)].map(({ index }) => index + 2)]
        rows.forEach((row, index) =>
          row.forEach((text, column) => expect(lines[index]?.startsWith(text, starts[column])).toBe(true)),
        )
      }),
    )
  })
})
