import { explain } from '../base/errors.ts'
import { type Entry } from '../journal.ts'
import { printable } from './printable.ts'

export interface Annotate {
  error(message: string, properties: { title: string }): void
  warning(message: string, properties: { title: string }): void
}

/** Turns what a reader of the run must not miss into annotations: one per region that is not ready, one for the step. */
export function createAnnotations(annotate: Annotate): (entry: Entry) => void {
  return entry => {
    switch (entry.type) {
      case 'warning':
        return annotate.warning(printable(entry.message), { title: entry.title })
      case 'regions-settled':
        for (const { region, ready, failed, detail, remedy } of entry.regions) {
          if (!ready && (failed || entry.failed))
            annotate.error(printable(`${detail}. ${remedy}`.trim()), { title: `acr-geo-push: ${region} is not ready` })
        }
        return
      case 'finished':
        if (entry.outcome.kind === 'failed' || entry.outcome.kind === 'cancelled') {
          annotate.error(printable(explain(entry.outcome.error)), { title: 'acr-geo-push' })
        }
        return
      default:
        return
    }
  }
}
