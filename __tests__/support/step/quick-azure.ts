import { type Emulator, startEmulator } from '../../../emulator/index.ts'
import { type ScenarioInput } from '../../../emulator/scenario.ts'

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
