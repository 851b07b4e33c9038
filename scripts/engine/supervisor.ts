import { type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { type DaemonSpec, type DaemonState, removeRemains, socketOf, startDaemon, stopDaemon } from './daemon.ts'

const report = (state: DaemonState) => process.stdout.write(`${JSON.stringify(state)}\n`)

/**
 * Runs a private Docker engine for as long as standard input stays open, then leaves nothing of it behind. A process of
 * its own, because the end of standard input is noticed however the parent ends: in order, interrupted or killed.
 */
async function supervise(spec: DaemonSpec): Promise<void> {
  const parentGone = once(process.stdin.resume(), 'end')
  let daemon: ChildProcess | undefined
  try {
    daemon = await startDaemon(spec)
    report({ dockerHost: socketOf(spec) })
    await Promise.race([parentGone, once(daemon, 'exit')])
  } catch (error) {
    report({ error: error instanceof Error ? error.message : String(error) })
    process.exitCode = 1
  } finally {
    if (daemon) await stopDaemon(daemon)
    await removeRemains(spec)
    process.stdin.destroy()
  }
}

await supervise(JSON.parse(process.argv[2] ?? '{}') as DaemonSpec)
