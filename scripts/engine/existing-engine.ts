import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { type ImageStore } from './flavours.ts'

const run = promisify(execFile)

/** A Docker engine that already answers on this machine. */
export interface ExistingEngine {
  readonly dockerHost: string
  readonly store: ImageStore
}

/** The engine that the docker command reaches by default, if there is one on this machine. */
export async function findExistingEngine(): Promise<ExistingEngine | undefined> {
  try {
    const driver = await docker('info', '--format', '{{json .DriverStatus}} {{.ServerVersion}}')
    const dockerHost = await docker('context', 'inspect', '--format', '{{.Endpoints.docker.Host}}')
    // A remote engine could not reach servers on this machine's loopback.
    if (!dockerHost.startsWith('unix:')) return undefined
    return { dockerHost, store: driver.includes('io.containerd.snapshotter') ? 'containerd' : 'classic' }
  } catch {
    return undefined // No docker command, or no engine behind it: either way there is none to use.
  }
}

async function docker(...args: string[]): Promise<string> {
  const { stdout } = await run('docker', args, { timeout: 20_000 })
  return stdout.trim()
}
