import { type Emulator } from '../../../emulator/index.ts'
import { type RunOptions } from '../runner.ts'
import { runStep, type StepRun } from './run-step.ts'

export const REPOSITORY = 'public/products/web'
export const REFERENCE = `${REPOSITORY}:1.2`

/** Runs the step for web:1.2 and these regions; the image is a local one of any name. */
export function pushImage(
  azure: Emulator,
  source: string,
  regions: readonly string[],
  inputs: RunOptions['inputs'] = {},
  more: Omit<RunOptions, 'inputs'> = {},
): Promise<StepRun> {
  return runStep(azure, {
    inputs: {
      image: `${azure.ready.loginServer}/${REFERENCE}`,
      regions: regions.join('\n'),
      'source-image': source,
      ...inputs,
    },
    ...more,
  })
}
