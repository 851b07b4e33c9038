import { type ChildProcess, spawn } from 'node:child_process'
import { exec } from '@actions/exec'
import { createLineSplitter } from './lines.ts'

/** How a program is run: by name, so that PATH decides, with an environment that carries no secret of the step. */
export interface ProgramContext {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
}

export interface ProgramResult {
  readonly exitCode: number
  /** Lines of both streams, each at most 2000 (the last ones). */
  readonly stdout: readonly string[]
  readonly stderr: readonly string[]
}

const KEPT_LINES = 2000
/** How long a child may take to end after SIGTERM, in milliseconds. The runner gives the whole step 7.5 s after a cancellation. */
const KILL_AFTER_MS = 1500
/** How long its output is waited for after a child has ended, in milliseconds: what it left running may hold it open for good. */
const DRAIN_MS = 1000

/**
 * Runs a program to its end, without a shell (but see `isScript`). `@actions/exec` can neither abort nor time out a child
 * (actions/toolkit#1534), and a child it started outlives a cancelled step; this one is a process group of its own that ends with the
 * signal.
 *
 * @param onLine hears every line as it comes
 * @param isScript on Windows the program is a batch file, which only a shell starts: arguments must need no quotes
 * @throws what `spawn` reports when the program cannot be started; the signal's reason when it aborts
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  { env, signal }: ProgramContext,
  onLine: (stream: 'stdout' | 'stderr', line: string) => void = () => undefined,
  isScript = false,
): Promise<ProgramResult> {
  signal.throwIfAborted()
  const child = spawn(program, args, {
    env: { ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
    windowsHide: true,
    shell: isScript && process.platform === 'win32',
  })
  const lines = { stdout: [] as string[], stderr: [] as string[] }
  for (const stream of ['stdout', 'stderr'] as const) {
    const splitter = createLineSplitter(line => {
      const kept = lines[stream]
      kept.push(line)
      if (kept.length > KEPT_LINES) kept.shift()
      onLine(stream, line)
    })
    child[stream].on('data', (chunk: Buffer) => splitter.write(chunk))
    child[stream].on('close', () => splitter.end())
  }
  const exitCode = await ended(child, signal)
  signal.throwIfAborted()
  return { exitCode, ...lines }
}

function ended(child: ChildProcess, signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    let killer: NodeJS.Timeout | undefined
    let drain: NodeJS.Timeout | undefined
    const letGo = (): void => {
      if (signal.aborted) kill(child, 'SIGKILL')
      child.stdout?.destroy()
      child.stderr?.destroy()
    }
    // The step may end sooner than a child that does not listen.
    const killLast = (): void => void (process.platform === 'win32' ? child.kill() : kill(child, 'SIGKILL'))
    const onAbort = (): void => {
      process.once('exit', killLast)
      kill(child, 'SIGTERM')
      killer = setTimeout(() => {
        kill(child, 'SIGKILL')
        // Not even that ends a process that hangs in the kernel.
        setTimeout(() => settle(() => resolve(128)), DRAIN_MS).unref()
      }, KILL_AFTER_MS)
    }
    signal.addEventListener('abort', onAbort, { once: true })
    const settle = (finish: () => void): void => {
      signal.removeEventListener('abort', onAbort)
      process.removeListener('exit', killLast)
      clearTimeout(killer)
      clearTimeout(drain)
      finish()
    }
    child.once('error', error => settle(() => reject(error)))
    child.once('exit', () => (drain = setTimeout(letGo, DRAIN_MS)))
    child.once('close', (code, killedBy) => settle(() => resolve(code ?? (killedBy === null ? 1 : 128))))
  })
}

/** Ends the child and what it started (credential helpers, CLI plugins). */
function kill(child: ChildProcess, how: 'SIGTERM' | 'SIGKILL'): void {
  if (child.pid === undefined) return
  if (process.platform === 'win32') {
    // There are no process groups; what the child started is found through its parent.
    const tree = ['/pid', String(child.pid), '/t', '/f']
    exec('taskkill', tree, { silent: true, ignoreReturnCode: true }).catch(() => child.kill(how))
    return
  }
  try {
    process.kill(-child.pid, how)
  } catch {
    // It has ended by itself.
  }
}
