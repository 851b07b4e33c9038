import { afterEach } from '@jest/globals'
import { type Emulator, startEmulator } from '../../../emulator/index.ts'
import { type ScenarioInput } from '../../../emulator/scenario.ts'

/** A duration that no test lives to see the end of, seconds. */
export const NEVER = 3600

/** What takes Azure minutes takes a test tenths of seconds. */
const QUICK = {
  create: 0.3,
  sync: 0.2,
  home: 0.1,
  blobs: 0.1,
  manifests: 0.05,
  tags: 0.05,
  events: 0.05,
  update: 0.1,
  delete: 0.1,
}

/** Starts a local Azure in which nothing takes long, unless the scenario says so. */
export function startQuickAzure({ timing = {}, ...scenario }: ScenarioInput = {}): Promise<Emulator> {
  return startEmulator({ ...scenario, timing: { ...timing, default: { ...QUICK, ...timing.default } } })
}

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
