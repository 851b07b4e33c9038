import { afterEach } from '@jest/globals'
import { type Emulator } from '../../../emulator/index.ts'
import { startQuickAzure } from './quick-azure.ts'

export { startQuickAzure }

/** A duration that no test lives to see the end of, seconds. */
export const NEVER = 3600

/** Every local Azure a test starts through the answer is stopped when the test is over. */
export function azurePerTest(): typeof startQuickAzure {
  const running: Emulator[] = []
  afterEach(async () => {
    await Promise.all(running.splice(0).map(azure => azure.stop()))
  })
  return async scenario => {
    const azure = await startQuickAzure(scenario)
    running.push(azure)
    return azure
  }
}
