import { type Measured } from '../../bench/figures.ts'
import { retriesIn, stepError } from './judge.ts'
import { type Row, type RowResult } from './row.ts'

/** Takes the figures of a run; addresses and digests differ from run to run and are left out. */
export function measure(row: Row, { run, lines, cancelledAt }: RowResult): Measured {
  return {
    fault: row.fault,
    exit: run.exitCode ?? -1,
    said: shorten(stepError(run)),
    ready: run.outputs['ready-regions'] ?? '',
    pending: run.outputs['pending-regions'] ?? '',
    retries: retriesIn(run).length,
    seconds: Math.round(run.ms / 100) / 10,
    ...(cancelledAt === undefined ? {} : { cancelledMs: (lines.at(-1)?.at ?? cancelledAt) - cancelledAt }),
  }
}

function shorten(text: string): string {
  const plain = text
    .replace(/(localhost|127\.0\.0\.1):\d+/g, '$1')
    .replace(/sha256:[0-9a-f]{64}/g, 'sha256:…')
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '…')
    .replace(/ for \d+s/g, '')
    .replace(/\/tmp\/[^ ]*/g, '…')
  return plain.length > 160 ? `${plain.slice(0, 160)}…` : plain
}
