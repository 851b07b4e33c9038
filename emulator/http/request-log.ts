import { type Service } from './fault.ts'

/** One request the emulator got. */
export interface RequestRecord {
  /** Arrival, milliseconds since 1970. */
  readonly at: number
  readonly service: Service
  readonly host: string
  readonly region?: string
  readonly method: string
  /** Path and query. */
  readonly path: string
  /** Status of the answer; 0 while there is none (still open, or a fault cut it off). */
  status: number
}
