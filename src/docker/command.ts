import { type ChildProcess, spawn } from 'node:child_process'
import { StepError } from '../base/errors.ts'
import { createLineSplitter } from './lines.ts'

/** How docker is run: by name, so that PATH decides, with an environment that carries no secret of the step. */
export interface DockerContext {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
}

export interface DockerResult {
  readonly exitCode: number
  /** Lines of both streams, each at most 2000 (the last ones). */
  readonly stdout: readonly string[]
  readonly stderr: readonly string[]
}

const KEPT_LINES = 2000
/** How long a child may take to end after SIGTERM, in milliseconds. The runner gives the whole step 7.5 s after a cancellation. */
const KILL_AFTER_MS = 1500

/**
 * Runs `docker ARGS` to its end, without a shell. `@actions/exec` can neither abort nor time out a child (actions/toolkit#1534), and a
 * child it started outlives a cancelled step; this one is a process group of its own that ends with the signal.
 *
 * @param onLine hears every line as it comes
 * @throws StepError `invalid` when there is no docker; the signal's reason when it aborts
 */
export async function docker(
  args: readonly string[],
  context: DockerContext,
  onLine: (stream: 'stdout' | 'stderr', line: string) => void = () => undefined,
): Promise<DockerResult> {
  const { signal } = context
  signal.throwIfAborted()
  const child = spawn('docker', args, {
    env: { ...context.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
    windowsHide: true,
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
    child[stream].on('end', () => splitter.end())
  }
  const exitCode = await ended(child, signal)
  signal.throwIfAborted()
  return { exitCode, ...lines }
}

function ended(child: ChildProcess, signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    let killer: NodeJS.Timeout | undefined
    const onAbort = (): void => {
      kill(child, 'SIGTERM')
      killer = setTimeout(() => kill(child, 'SIGKILL'), KILL_AFTER_MS)
    }
    signal.addEventListener('abort', onAbort, { once: true })
    const settle = (finish: () => void): void => {
      signal.removeEventListener('abort', onAbort)
      clearTimeout(killer)
      finish()
    }
    child.once('error', error => settle(() => reject(notStarted(error))))
    child.once('close', (code, killedBy) => settle(() => resolve(code ?? (killedBy === null ? 1 : 128))))
  })
}

/** Ends the child and what it started (credential helpers, CLI plugins). */
function kill(child: ChildProcess, how: 'SIGTERM' | 'SIGKILL'): void {
  if (child.pid === undefined) return
  try {
    if (process.platform === 'win32') child.kill(how)
    else process.kill(-child.pid, how)
  } catch {
    // It has ended by itself.
  }
}

function notStarted(error: NodeJS.ErrnoException): StepError {
  return error.code === 'ENOENT'
    ? new StepError('invalid', 'There is no docker command on this runner', {
        remedy: 'Run the job where Docker is installed, such as ubuntu-latest; macOS runners have none.',
        cause: error,
      })
    : new StepError('invalid', `docker could not be started: ${error.message}`, {
        remedy: 'Check the installation of Docker on this runner.',
        cause: error,
      })
}
