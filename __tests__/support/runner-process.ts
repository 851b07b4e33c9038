import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { type StepLog } from './step-log.ts'

/** A cancellation: the signal is sent once a line of the log matches, after some time, or when we are told to. */
export type SignalAfter = { readonly signal?: 'SIGINT' | 'SIGTERM' } & (
  { readonly line: RegExp } | { readonly ms: number } | { readonly abort: AbortSignal }
)

/** How a process of the action ended. */
export interface ProcessEnd {
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  readonly ms: number
  /** Whether a signal was sent to it. */
  readonly cancelled: boolean
}

/** A runner that cancels sends SIGINT, after 7.5 s SIGTERM, and after another 2.5 s it kills. */
const PATIENCE_MS = { SIGINT: 7_500, SIGTERM: 2_500 } as const
/** After the process has ended, its output streams get this long; a child that holds them open must not hang the job. */
const STREAM_PATIENCE_MS = 5_000

/** Runs one entry point of the action as a child process and feeds every line it prints to the step's log. */
export async function runEntry(
  entry: string,
  options: { cwd: string; env: Record<string, string>; log: StepLog; signalAfter?: SignalAfter | undefined },
): Promise<ProcessEnd> {
  const { cwd, env, log, signalAfter } = options
  const started = performance.now()
  const child = spawn(process.execPath, [entry], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const closed = once(child, 'close')
  const cancel = signalAfter && planCancellation(child, signalAfter)

  const captured = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) {
    createInterface({ input: child[stream] }).on('line', line => {
      captured[stream] += `${line}\n`
      const before = log.lines.length
      log.read(line)
      log.lines.slice(before).forEach(shown => cancel?.onLine(shown))
    })
  }

  const [exitCode, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
  const ms = performance.now() - started
  cancel?.clear()
  await Promise.race([closed, sleep(STREAM_PATIENCE_MS, undefined, { ref: false })])
  return { exitCode, signal, ...captured, ms, cancelled: cancel?.wasSent() ?? false }
}

interface Cancellation {
  onLine(line: string): void
  wasSent(): boolean
  clear(): void
}

function planCancellation(child: ChildProcess, plan: SignalAfter): Cancellation {
  const timers: NodeJS.Timeout[] = []
  const send = (signal: 'SIGINT' | 'SIGTERM') => {
    child.kill(signal)
    const next = () => (signal === 'SIGINT' ? send('SIGTERM') : child.kill('SIGKILL'))
    timers.push(setTimeout(next, PATIENCE_MS[signal]))
  }
  let sent = false
  const sendOnce = () => {
    if (!sent) send(plan.signal ?? 'SIGINT')
    sent = true
  }
  if ('ms' in plan) timers.push(setTimeout(sendOnce, plan.ms))
  if ('abort' in plan) plan.abort.addEventListener('abort', sendOnce)
  return {
    onLine: line => 'line' in plan && plan.line.test(line) && sendOnce(),
    wasSent: () => sent,
    clear: () => timers.forEach(timer => clearTimeout(timer)),
  }
}

/** Ends what a job left running, as the runner does, and says what that was. */
export async function endOrphans(trackingId: string): Promise<string[]> {
  if (process.platform !== 'linux') return []
  const orphans = []
  for (const pid of (await readdir('/proc')).filter(name => /^\d+$/.test(name))) {
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')
    if (!environment.includes(trackingId)) continue
    orphans.push((await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => pid)).replaceAll('\0', ' ').trim())
    try {
      process.kill(Number(pid), 'SIGKILL')
    } catch {
      // It ended meanwhile.
    }
  }
  return orphans
}
