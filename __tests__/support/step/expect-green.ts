import { expect } from '@jest/globals'
import { type Emulator } from '../../../emulator/index.ts'
import { notes, type StepRun } from './run-step.ts'

/** What of a run tells at a glance why it ended as it did. */
const glance = (run: StepRun) => ({ exitCode: run.exitCode, log: run.log })

/**
 * The step was green, and green is true: every region serves the whole image, every tag leads to it there, and the outputs say so. Anything left
 * behind is a failure, and so is a warning that nobody expects.
 */
export function expectGreen(
  azure: Emulator,
  run: StepRun,
  regions: readonly string[],
  references: readonly string[],
): void {
  expect(glance(run)).toEqual({ exitCode: 0, log: expect.any(String) })
  expect(run).toMatchObject({ conclusion: 'success', leftovers: [], orphans: [], stderr: '' })
  expect(notes(run, 'error')).toEqual([])
  const digest = run.outputs['digest'] ?? ''
  expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/)
  for (const region of regions) {
    for (const [repository = '', tag = ''] of references.map(reference => reference.split(':'))) {
      const truth = {
        region,
        serves: azure.truth.serves(region, repository, digest),
        tag: azure.truth.tag(region, repository, tag),
      }
      expect(truth).toEqual({ region, serves: true, tag: digest })
    }
  }
  expect(run.outputs).toMatchObject({ ready: 'true', 'ready-regions': regions.join(), 'pending-regions': '' })
  expect(run.replicas.map(({ region, ready }) => ({ region, ready }))).toEqual(
    regions.map(region => ({ region, ready: true })),
  )
}

/** The step was red for these regions alone: one error for each and one for the step, and nothing is left behind. */
export function expectRed(run: StepRun, pending: readonly string[]): void {
  expect(glance(run)).toEqual({ exitCode: 1, log: expect.any(String) })
  expect(run).toMatchObject({ conclusion: 'failure', leftovers: [], orphans: [], stderr: '' })
  const regions = run.replicas.map(({ region }) => region)
  expect(run.outputs).toMatchObject({
    ready: 'false',
    'ready-regions': regions.filter(region => !pending.includes(region)).join(),
    'pending-regions': regions.filter(region => pending.includes(region)).join(),
  })
  expect(run.matrix.include.filter(({ ready }) => !ready).map(({ region }) => region)).toEqual(pending)
  const titles = run.annotations.filter(({ level }) => level === 'error').map(({ title }) => title ?? '')
  expect(titles).toHaveLength(pending.length + 1)
  for (const region of pending) expect(titles.filter(title => title.includes(region))).toHaveLength(1)
}
