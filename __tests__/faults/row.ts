import { type Emulator, type Fault } from '../../emulator/index.ts'
import { type ScenarioInput } from '../../emulator/scenario.ts'
import { type StepRun } from '../support/step/run-step.ts'

/** The regions of a row that names none; both have a replica from the start. */
export const REGIONS: readonly string[] = ['eastus', 'canadacentral']

/** One line of the fault matrix: what goes wrong where, and what has to come of it. */
export interface Row {
  /** The fault and its place, as the table shows it. Unique. */
  readonly fault: string
  /** `gate` waits for an image that is there (`push: false`), `push` pushes with the real engine, `dry-run` only plans. */
  readonly run: 'gate' | 'push' | 'dry-run'
  /** Besides a local Azure in which nothing takes long, with replicas in `REGIONS`. */
  readonly scenario?: ScenarioInput
  /** Regions that have the image of a `gate` at the start; by default every replica there is. */
  readonly seeded?: readonly string[]
  /** Done before the step, when the image is there. */
  readonly arrange?: (azure: Emulator) => void
  /** What acts from the start of the step on. */
  readonly faults?: readonly Fault[] | ((azure: Emulator) => readonly Fault[])
  readonly regions?: readonly string[]
  readonly inputs?:
    Readonly<Record<string, string>> | ((azure: Emulator, image: string) => Readonly<Record<string, string>>)
  readonly env?: Readonly<Record<string, string>>
  /** What is done when a line of the log first matches. */
  readonly on?: { readonly line: RegExp; readonly act: (azure: Emulator) => void }
  /** A cancellation, once a line of the log matches. */
  readonly cancel?: { readonly signal: 'SIGINT' | 'SIGTERM'; readonly line: RegExp }
  /** A docker command in place of the real one, which it may call as `$REAL_DOCKER`: the text of a shell script. */
  readonly docker?: string
  /** What else runs at the same time. */
  readonly beside?: (again: () => Promise<StepRun>) => Promise<void>
  /** Needs the machine for itself: what it waits for is told by all traffic of the machine. */
  readonly alone?: boolean
  readonly expected: Expected
}

/** What else a result is held to; it may run the step again. */
export type Check = (result: RowResult, rerun: () => Promise<StepRun>) => void | Promise<void>

export interface Expected {
  readonly exit: 0 | 1 | 130 | 143
  /** The error of the step (red), or a line of the log (green). */
  readonly says?: RegExp
  /** More that the log has to have. */
  readonly log?: readonly RegExp[]
  /** By default all regions when green, and none when not. */
  readonly ready?: readonly string[]
  /** What is tried again, and how many attempts fail: exactly, or from … to. */
  readonly retried?: readonly [what: RegExp, failures: number | readonly [number, number]]
  /** Warnings; none by default. */
  readonly warnings?: readonly RegExp[]
  readonly check?: Check
}

/** A row that was run. */
export interface RowResult {
  readonly azure: Emulator
  readonly run: StepRun
  readonly regions: readonly string[]
  /** Every line of the log as it came, in milliseconds since the epoch. */
  readonly lines: readonly { readonly at: number; readonly line: string }[]
  /** When it was cancelled, milliseconds since the epoch. */
  readonly cancelledAt: number | undefined
}

type Details = Omit<Expected, 'exit'>

/** Green: every region serves the image, whatever happened on the way. */
export const green = (details: Details = {}): Expected => ({ exit: 0, ...details })
/** Green after some failed attempts of one thing. */
export const greenAfter = (failures: number | readonly [number, number], what: RegExp, details: Details = {}) =>
  green({ retried: [what, failures], ...details })
export const red = (says: RegExp, details: Details = {}): Expected => ({ exit: 1, says, ...details })
export const cancelled = (signal: 'SIGINT' | 'SIGTERM', details: Details = {}): Expected => ({
  exit: signal === 'SIGINT' ? 130 : 143,
  says: new RegExp(`cancelled \\(${signal}\\)`),
  ...details,
})
