import { StepError } from './base/errors.ts'

/** A signal that aborts when the runner cancels the step: SIGINT first, SIGTERM 7.5 s later (actions/runner, ProcessInvoker.cs). */
export function cancelOnSignals(process: NodeJS.EventEmitter): AbortSignal {
  const controller = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () =>
      controller.abort(new StepError('cancelled', `The run was cancelled (${signal})`, { code: signal })),
    )
  }
  return controller.signal
}
