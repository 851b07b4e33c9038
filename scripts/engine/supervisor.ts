import { type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import {
  type DaemonCommand,
  type DaemonSpec,
  type DaemonState,
  killDaemon,
  removeRemains,
  socketOf,
  startDaemon,
  stopDaemon,
} from './daemon.ts'

// A parent that is gone hears nothing; what is left of the engine has to go all the same.
process.stdout.on('error', () => {})
const report = (state: DaemonState) => process.stdout.write(`${JSON.stringify(state)}\n`)

/**
 * Runs a private Docker engine for as long as standard input stays open, then leaves nothing of it behind. A process of
 * its own, because the end of standard input is noticed however the parent ends: in order, interrupted or killed.
 */
async function supervise(spec: DaemonSpec): Promise<void> {
  const commands = createInterface(process.stdin)
  let daemon: ChildProcess | undefined
  let asked = false
  const start = async () => {
    asked = false
    daemon = await startDaemon(spec)
    // An engine that ends by itself ends all of this.
    daemon.once('exit', () => asked || commands.close())
    report({ dockerHost: socketOf(spec) })
  }
  try {
    await start()
    for await (const command of commands as AsyncIterable<DaemonCommand>) {
      if (command === 'start') await start()
      else if (daemon !== undefined) {
        asked = true
        await (command === 'SIGKILL' ? killDaemon(daemon, spec) : stopDaemon(daemon))
        report({ halted: true })
      }
    }
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
