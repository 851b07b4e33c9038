import { expect, test } from '@jest/globals'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readFigures } from '../../../bench/figures.ts'
import { render } from '../../../scripts/reliability/render.ts'
import { areas } from '../../faults/rows/index.ts'

const PAGE = join(import.meta.dirname, '..', '..', '..', 'docs', 'reliability.md')
const rows = Object.values(areas).flat()

test('docs/reliability.md is what code, matrix and figures say (npm run reliability writes it)', async () => {
  const page = render(areas, await readFigures())
  if (process.env['WRITE_RELIABILITY'] === '1') await writeFile(PAGE, page)
  expect(await readFile(PAGE, 'utf8')).toBe(page)
})

test('every row of the matrix was run, as it stands, and no other', async () => {
  const { rows: measured } = await readFigures()
  const outcomes = (list: readonly { fault: string; exit: number }[]) =>
    list.map(({ fault, exit }) => `${fault}: ${exit}`).sort()
  expect(outcomes(measured)).toEqual(outcomes(rows.map(({ fault, expected }) => ({ fault, exit: expected.exit }))))
})

test('the matrix has at least sixty rows, each of its own name', () => {
  expect(rows.length).toBeGreaterThanOrEqual(60)
  expect(new Set(rows.map(({ fault }) => fault)).size).toBe(rows.length)
})
