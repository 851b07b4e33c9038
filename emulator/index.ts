/** The local Azure: see README.md of this folder. */
export { startEmulator, type Emulator } from './emulator.ts'
export { type Fault, type FaultAction, type Service } from './http/fault.ts'
export { type RequestRecord } from './http/request-log.ts'
export { type Ready } from './ready.ts'
export { type Scenario, type ScenarioInput } from './scenario.ts'
export { type Tamper } from './tamper.ts'
export { type Truth } from './truth.ts'
