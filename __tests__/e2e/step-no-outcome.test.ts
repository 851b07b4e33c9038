import { expect, test } from '@jest/globals'
import { fileURLToPath } from 'node:url'
import { azurePerTest } from '../support/step/azure.ts'
import { notes, runStep } from '../support/step/run-step.ts'

const start = azurePerTest()
const SILENT = fileURLToPath(new URL('../support/silent-requests.mjs', import.meta.url))

test('a run that ends without an outcome, because nothing is left that could wake it, is red', async () => {
  const azure = await start({})
  const run = await runStep(azure, {
    inputs: { image: `${azure.ready.loginServer}/web:1`, regions: 'eastus', push: 'false', timeout: '1s' },
    env: { NODE_OPTIONS: `--import=${SILENT}` },
  })
  expect(run.exitCode).toBe(1)
  expect(notes(run, 'error').join()).toContain('The step ended without an outcome')
})
