import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What a row did when it was last run. */
export interface Measured {
  readonly fault: string
  readonly exit: number
  /** The error of the step; empty when green. */
  readonly said: string
  readonly ready: string
  readonly pending: string
  /** Attempts that failed and were repeated, of everything together. */
  readonly retries: number
  readonly seconds: number
  /** From the signal to the last line, where the row cancels. */
  readonly cancelledMs?: number
}

/** What came of all pushes at one rate of bouncing. */
export interface PushFigures {
  /** Share of manifest PUTs that bounce, 0…1. */
  readonly bouncing: number
  readonly pushes: number
  /** How many pushes needed so many attempts, from one on. */
  readonly byAttempts: readonly number[]
  readonly failed: number
}

export interface SoakFigures {
  readonly seed: number
  readonly runs: number
  readonly pushes: number
  readonly green: number
  readonly red: number
  readonly cancelled: number
  readonly falseGreens: number
  /** Runs that took longer than their deadline and five seconds. */
  readonly overdue: number
  readonly longestSeconds: number
  readonly retries: number
  readonly requests: number
  readonly orphans: number
  readonly leftovers: number
  /** At the first tenth and at the end: the process that runs emulator and runner. */
  readonly openFiles: readonly [number, number]
  readonly heapMegabytes: readonly [number, number]
  readonly temporaryFiles: readonly [number, number]
}

/** What came of all pushes beside a job that signs docker out and restarts the engine. */
export interface NeighbourFigures {
  readonly store: 'classic' | 'containerd'
  readonly seed: number
  readonly pushes: number
  readonly green: number
  /** What the step claimed and Azure knew better. */
  readonly falseClaims: number
  readonly restarts: number
  /** How often the neighbour signed in and out of every host. */
  readonly signOuts: number
  /** Pushes in which something had to be tried again. */
  readonly disturbed: number
  readonly retries: number
  /** Of one thing, in any push. */
  readonly mostAttempts: number
  readonly longestSeconds: number
  /** Processes and files that outlived a step, and changes of the user's configuration. */
  readonly left: number
}

/** Everything that was measured and is shown in docs/reliability.md. */
export interface Figures {
  readonly rows: readonly Measured[]
  readonly pushRetries?: readonly PushFigures[]
  readonly neighbour?: readonly NeighbourFigures[]
  readonly soak?: SoakFigures
}

const FILE = join(import.meta.dirname, 'figures.json')

export async function readFigures(): Promise<Figures> {
  try {
    return JSON.parse(await readFile(FILE, 'utf8')) as Figures
  } catch {
    return { rows: [] }
  }
}

/** Replaces what was measured anew and keeps the rest. */
export async function keep(measured: Partial<Figures>): Promise<void> {
  await writeFile(FILE, `${JSON.stringify({ ...(await readFigures()), ...measured }, null, 2)}\n`)
}
