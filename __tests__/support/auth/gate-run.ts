import { expect } from '@jest/globals'
import { type Emulator } from '../../../emulator/index.ts'
import { type RunOptions } from '../runner.ts'
import { notes, runStep, type StepRun } from '../step/run-step.ts'
import { storeImage } from './stored-image.ts'

const REPOSITORY = 'team/web'
export const GATED = `${REPOSITORY}:1.2`

/** Puts the image there that `gateRun` waits for. */
export function storeGated(azure: Emulator): Promise<string> {
  return storeImage(azure, REPOSITORY, '1.2')
}

/** A step that pushes nothing: it signs in to Azure and to the registry, and waits for an image that is there. */
export function gateRun(
  azure: Emulator,
  env: Readonly<Record<string, string>>,
  inputs: RunOptions['inputs'] = {},
  more: Omit<RunOptions, 'inputs' | 'env'> = {},
): Promise<StepRun> {
  return runStep(azure, {
    inputs: {
      image: `${azure.ready.loginServer}/${GATED}`,
      regions: 'eastus',
      push: 'false',
      timeout: '40s',
      ...inputs,
    },
    env,
    ...more,
  })
}

/** How the run signed in and why, as the log tells. */
export function signedInBy({ log }: StepRun): string | undefined {
  return /Sign in to Azure: (.*)/.exec(log)?.[1]
}

/** The run was green, which only a sign-in to Azure and to the registry makes it, and left nothing. */
export function expectSignedIn(run: StepRun, how: string): void {
  // A run that went wrong shows its log.
  expect(run.exitCode === 0 ? [] : run.log.split('\n')).toEqual([])
  expect(signedInBy(run)).toBe(how)
  expect(run).toMatchObject({ conclusion: 'success', leftovers: [], orphans: [], stderr: '', annotations: [] })
  expect(run.outputs).toMatchObject({ ready: 'true', 'ready-regions': 'eastus' })
}

/** The one error of a run that was refused, ids and times taken out. */
export function refusalOf(run: StepRun): string {
  expect(run.exitCode === 1 ? [] : run.log.split('\n')).toEqual([])
  expect(run).toMatchObject({ conclusion: 'failure', leftovers: [], orphans: [], stderr: '' })
  const last = notes(run, 'error').at(-1) ?? ''
  return last
    .replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'ID')
    .replace(/\d{4}-\d\d-\d\d[T ][\d:.]+Z/g, 'TIME')
    .replace(/localhost:\d+/g, 'localhost:PORT')
}
