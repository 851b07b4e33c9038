import { expect } from '@jest/globals'
import { notes, type StepRun } from '../support/step/run-step.ts'
import { type Row, type RowResult } from './row.ts'
import { falseClaims } from './truth.ts'

/** From the signal to the last word of the log, in milliseconds: what the runner's patience (7.5 s) and a person's allow. */
const LAST_WORD_WITHIN = 2000

/** Holds a run against its row. */
export async function judge(row: Row, result: RowResult, rerun: () => Promise<StepRun>): Promise<void> {
  const { azure, run } = result
  const { exit, says, log = [], check } = row.expected
  if (run.exitCode !== exit) throw new Error(`exit ${run.exitCode}, not ${exit}. The log:\n${run.log}`)
  expect(run.conclusion).toBe({ 0: 'success', 1: 'failure', 130: 'cancelled', 143: 'cancelled' }[exit])
  expect(falseClaims(azure, run, waitForOf(row))).toEqual([])
  expectNothingLeft(run)
  expectOutputs(row, result)
  if (says !== undefined) expect(exit === 0 ? run.log : stepError(run)).toMatch(says)
  for (const line of log) expect(run.log).toMatch(line)
  expectNotes(row, result)
  expectRetries(row, run)
  expectHarmless(run)
  if (row.cancel !== undefined) expectLastWord(result)
  await check?.(result, rerun)
}

const waitForOf = ({ inputs }: Row) => (typeof inputs === 'object' ? inputs['wait-for'] : undefined)

/** The error of the step itself. */
export function stepError({ annotations }: StepRun): string {
  return annotations.find(({ level, title }) => level === 'error' && title === 'acr-geo-push')?.message ?? ''
}

/** Failed attempts that a later one followed, as the log tells them. */
export function retriesIn({ log }: StepRun, what = /./): { attempt: number; of: number }[] {
  return [...log.matchAll(/^\[ *\S+\] (.*): attempt (\d+) of (\d+) failed: /gm)]
    .filter(([, thing = '']) => what.test(thing))
    .map(([, , attempt, of]) => ({ attempt: Number(attempt), of: Number(of) }))
}

function expectNothingLeft(run: StepRun): void {
  expect(run).toMatchObject({ leftovers: [], orphans: [], stderr: '', signal: null })
  // JSON web tokens of Entra, GitHub and the registry begin like this.
  const shown = run.stdout.replace(/^::add-mask::.*$/gm, '')
  expect(`${shown}${run.summary}${JSON.stringify(run.outputs)}`).not.toMatch(/eyJ[\w-]{20,}/)
}

function expectOutputs({ run: kind, expected }: Row, { run, regions }: RowResult): void {
  const ready = expected.ready ?? (expected.exit === 0 && kind !== 'dry-run' ? regions : [])
  expect(run.outputs).toMatchObject({
    ready: String(ready.length === regions.length),
    'ready-regions': regions.filter(region => ready.includes(region)).join(),
    'pending-regions': regions.filter(region => !ready.includes(region)).join(),
  })
  expect(run.matrix.include.filter(entry => entry.ready).map(({ region }) => region)).toEqual(
    run.replicas.filter(entry => entry.ready).map(({ region }) => region),
  )
}

/**
 * One error for the step, one for each region that is not ready (once there was an image to wait for, or where the time was over before), each
 * with what to do about it.
 */
function expectNotes({ expected }: Row, { run, regions }: RowResult): void {
  const { exit, ready = [], warnings = [] } = expected
  const found = notes(run, 'warning')
  expect(found).toHaveLength(warnings.length)
  warnings.forEach((warning, nth) => expect(found[nth]).toMatch(warning))
  const errors = run.annotations.filter(({ level }) => level === 'error')
  if (exit === 0) return expect(errors).toEqual([])
  expect(errors.filter(({ title }) => title === 'acr-geo-push')).toHaveLength(1)
  const waited =
    run.outputs['digest'] !== undefined || /^Not done within the timeout[^:]*: Push of/.test(stepError(run))
  const pending = waited ? regions.filter(region => !ready.includes(region)) : []
  expect(errors).toHaveLength(pending.length + 1)
  for (const region of pending) {
    const [note] = errors.filter(({ title }) => title === `acr-geo-push: ${region} is not ready`)
    expect(note?.message).toMatch(/^.{10,}\. [A-Z].{10,}\.$/)
  }
  if (exit === 1) expect(run.summary).toMatch(/❌.*[\s\S]*\*\*Failed:\*\*/)
  else expect(run.summary).toMatch(/🚫 Cancelled/)
}

function expectRetries({ expected }: Row, run: StepRun): void {
  const [what, failures] = expected.retried ?? [/./, undefined]
  const found = retriesIn(run, what)
  for (const { attempt, of } of found) expect(attempt).toBeLessThan(of)
  const [least, most] = typeof failures === 'object' ? failures : [failures, failures]
  if (least === undefined || most === undefined) return
  if (found.length < least || found.length > most) {
    throw new Error(`${found.length} failed attempts of ${what}, not ${String(failures)}. The log:\n${run.log}`)
  }
}

/** Nothing in the log is a command but the step's own, nothing paints the terminal, and nothing that is needed is masked. */
function expectHarmless(run: StepRun): void {
  expect(run.stdout).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f]/)
  const own = /^::(?:add-mask|error|warning|debug|save-state|set-output|notice)\b/
  const commands = run.stdout.split('\n').filter(line => /^\s*::\w|##\[/.test(line) && !own.test(line))
  expect(commands).toEqual([])
  // The runner drops an output with a mask in it.
  for (const mask of run.masks) expect(Object.values(run.outputs).join()).not.toContain(mask)
}

function expectLastWord({ lines, cancelledAt }: RowResult): void {
  const last = lines.findLast(({ line }) => /\] Done: /.test(line))
  expect(cancelledAt).toBeDefined()
  expect((last?.at ?? Number.POSITIVE_INFINITY) - (cancelledAt ?? 0)).toBeLessThan(LAST_WORD_WITHIN)
}
