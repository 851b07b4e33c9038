import { messageOf } from '../base/errors.ts'
import { type Journal } from '../journal.ts'
import { printable } from './printable.ts'
import { summarize } from './summary.ts'

interface SummaryCore {
  readonly summary: { addRaw(text: string): { write(): Promise<unknown> } }
  warning(message: string, properties: { title: string }): void
}

/** The runner takes at most 1 MiB of summary per step, and silently drops more (actions/runner#4337). */
const LARGEST = 1000 * 1024

/** Writes the job summary. What goes wrong here is a warning: it decides nothing. */
export async function writeSummary(
  journal: Journal,
  core: SummaryCore,
  env: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  if ((env['GITHUB_STEP_SUMMARY'] ?? '') === '') return
  try {
    await core.summary.addRaw(clip(summarize(journal.entries))).write()
  } catch (error) {
    core.warning(printable(`The job summary could not be written: ${messageOf(error)}`), { title: 'acr-geo-push' })
  }
}

/** At most as many bytes as the runner takes, whole characters. */
function clip(text: string): string {
  const bytes = Buffer.from(text)
  return bytes.length <= LARGEST ? text : new TextDecoder().decode(bytes.subarray(0, LARGEST)).replace(/\ufffd+$/, '')
}
