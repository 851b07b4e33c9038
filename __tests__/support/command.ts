import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** How a program ended. */
export interface CommandEnd {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs programs in one environment. */
export type Run = (command: string, args: readonly string[], input?: string) => Promise<CommandEnd>

/** Runs programs with these variables on top of our own. A failure is for the caller to judge. */
export function runIn(env: Readonly<Record<string, string>>): Run {
  return async (command, args, input) => {
    const child = spawn(command, args, { env: { ...process.env, ...env } })
    const end = { stdout: '', stderr: '' }
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => (end[stream] += text))
    }
    // A program may end without having read what we send; its exit tells whether that was a failure.
    child.stdin.on('error', () => {}).end(input ?? '')
    const [code] = (await once(child, 'close')) as [number | null]
    return { code, ...end }
  }
}

/** The same, for programs that must succeed. */
export function mustSucceed(run: Run): (command: string, args: readonly string[], input?: string) => Promise<string> {
  return async (command, args, input) => {
    const { code, stdout, stderr } = await run(command, args, input)
    if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${stderr}${stdout}`)
    return stdout
  }
}
