import { isKind } from './base/errors.ts'
import { type Outcome } from './journal.ts'

/** 0 when every region meets what was waited for (or the dry run is done), 1 on failure, 128 + signal when cancelled. */
export function exitCodeOf(outcome: Outcome): number {
  switch (outcome.kind) {
    case 'succeeded':
    case 'planned':
      return 0
    case 'failed':
      return 1
    case 'cancelled':
      return isKind(outcome.error, 'cancelled') && outcome.error.code === 'SIGTERM' ? 143 : 130
  }
}
