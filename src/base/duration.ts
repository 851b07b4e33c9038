import { StepError } from './errors.ts'

const SECOND = 1000
const UNITS = { h: 3600 * SECOND, m: 60 * SECOND, s: SECOND } as const
/** A self-hosted job may run five days (docs.github.com, usage limits); nothing can wait longer. */
const LONGEST = 5 * 24 * UNITS.h

/**
 * Parses a duration such as `90s`, `30m` or `1h30m`: whole numbers with the units h, m and s, each at most once, in this order.
 *
 * @returns milliseconds, more than zero and at most five days
 * @throws StepError `invalid`, naming the input
 */
export function parseDuration(text: string, input: string): number {
  const match = /^(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?$/.exec(text.trim().toLowerCase())
  if (match === null || text.trim() === '') {
    throw new StepError('invalid', `Input '${input}' is not a duration: '${text}'`, {
      remedy: 'Write hours, minutes and seconds with their unit, such as 90s, 30m or 1h30m.',
    })
  }
  const [, hours = '0', minutes = '0', seconds = '0'] = match
  const total = Number(hours) * UNITS.h + Number(minutes) * UNITS.m + Number(seconds) * UNITS.s
  if (total === 0) {
    throw new StepError('invalid', `Input '${input}' is zero: '${text}'`, {
      remedy: 'Give the step some time, such as 30m.',
    })
  }
  if (total > LONGEST) {
    throw new StepError('invalid', `Input '${input}' is longer than a job can run: '${text}'`, {
      remedy: 'The longest is 120h.',
    })
  }
  return total
}

/** Milliseconds for people: `0.8s`, `42s`, `3m 05s`, `1h 02m`. */
export function formatDuration(ms: number): string {
  const clipped = Math.max(0, ms)
  if (clipped < 10 * SECOND) return `${(Math.floor(clipped / 100) / 10).toFixed(1)}s`
  const seconds = Math.floor(clipped / SECOND)
  if (seconds < 60) return `${seconds}s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes}m ${pad(seconds % 60)}s`
  return `${Math.floor(minutes / 60)}h ${pad(minutes % 60)}m`
}

function pad(value: number): string {
  return String(value).padStart(2, '0')
}
