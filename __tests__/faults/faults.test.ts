import { afterAll, describe, test } from '@jest/globals'
import { writeFile } from 'node:fs/promises'
import { type Measured } from '../../bench/figures.ts'
import { dockerUser } from '../support/step/docker-user.ts'
import { judge } from './judge.ts'
import { measure } from './measure.ts'
import { type Row } from './row.ts'
import { areas } from './rows/index.ts'
import { runRow } from './run-row.ts'

const IMAGE = 'fault-matrix/web:1.2'
/** A row that hangs past its own deadline (a minute at most, and what is done before and after) fails here. */
const HUNG = 150_000

const user = dockerUser()
/** Built when the first row needs it: rows start before any hook. */
let built: Promise<unknown> | undefined
const image = async () => {
  await (built ??= user.build(IMAGE))
  return IMAGE
}
const measured: Measured[] = []

const run = async (row: Row) => {
  const result = await runRow(row, row.run === 'push' ? await image() : IMAGE, (result, rerun) =>
    judge(row, result, rerun),
  )
  measured.push(measure(row, result))
}

for (const [area, rows] of Object.entries(areas)) {
  describe(area, () => {
    for (const row of rows) {
      if (row.alone !== true) test.concurrent(row.fault, () => run(row), HUNG)
    }
  })
}
describe('one at a time', () => {
  const alone = Object.values(areas).flatMap(rows => rows.filter(row => row.alone === true))
  for (const row of alone) test(row.fault, () => run(row), HUNG)
})

afterAll(async () => {
  if (built !== undefined) await user.forget(IMAGE)
  const file = process.env['FAULTS_MEASURED']
  if (file !== undefined) await writeFile(file, JSON.stringify(measured))
})
