import { type Scenario, type Timing } from './scenario.ts'

/** The durations that hold for a region now. */
export function timingOf({ timing }: Scenario, region: string): Timing {
  return { ...timing.default, ...timing[region] }
}
