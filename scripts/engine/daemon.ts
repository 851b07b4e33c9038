import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

/** A private Docker engine. */
export interface DaemonSpec {
  /** Everything the engine writes goes here; removed at the end. */
  readonly folder: string
  readonly storageDrivers: readonly string[]
  readonly config: Readonly<Record<string, unknown>>
  readonly env: Readonly<Record<string, string>>
}

/** What the supervisor prints, a line each: where the engine answers, that it was halted, or why it doesn't start. */
export type DaemonState = { readonly dockerHost: string } | { readonly halted: true } | { readonly error: string }

/** What the supervisor is told, a line each: how the engine is to end, or to start it again. */
export type DaemonCommand = 'SIGTERM' | 'SIGKILL' | 'start'

const run = promisify(execFile)
const START_DEADLINE_MS = 60_000
const STOP_DEADLINE_MS = 20_000

/** Where the engine answers. */
export const socketOf = (spec: DaemonSpec): string => `unix://${join(spec.folder, 'docker.sock')}`

/** Tries the storage drivers in turn: which of them works depends on the file system below. */
export async function startDaemon(spec: DaemonSpec): Promise<ChildProcess> {
  const failures = []
  const overlays = await overlaysWork(spec.folder)
  for (const driver of spec.storageDrivers.filter(name => overlays || !name.startsWith('overlay'))) {
    const daemon = await launch(spec, driver)
    if (await answers(spec, daemon)) return daemon
    await stopDaemon(daemon)
    failures.push(`${driver}: ${await lastWords(spec)}`)
  }
  throw new Error(failures.join('; '))
}

/** In a container, where the file system is an overlay itself, some engines start and then cannot mount a single layer. */
async function overlaysWork(folder: string): Promise<boolean> {
  const at = (name: string) => join(folder, 'overlay-trial', name)
  for (const name of ['lower', 'upper', 'work', 'merged']) await mkdir(at(name), { recursive: true })
  const layers = `lowerdir=${at('lower')},upperdir=${at('upper')},workdir=${at('work')}`
  try {
    await run('mount', ['-t', 'overlay', '-o', layers, 'overlay', at('merged')])
    await run('umount', [at('merged')])
    return true
  } catch {
    return false
  }
}

async function launch(spec: DaemonSpec, driver: string): Promise<ChildProcess> {
  const at = (name: string) => join(spec.folder, name)
  await mkdir(at(driver), { recursive: true })
  await writeFile(at('daemon.json'), JSON.stringify(spec.config))
  const log = openSync(at('log'), 'w')
  const flags = {
    'config-file': at('daemon.json'),
    'data-root': join(at(driver), 'data'),
    'exec-root': join(at(driver), 'exec'),
    pidfile: join(at(driver), 'pid'),
    host: socketOf(spec),
    'storage-driver': driver,
    // Images are built, pushed and pulled, but no container ever runs: no network is needed, nor rights to make one.
    bridge: 'none',
    iptables: 'false',
    ip6tables: 'false',
  }
  const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`)
  return spawn('dockerd', args, { env: { ...process.env, ...spec.env }, stdio: ['ignore', log, log] }).on(
    'error',
    () => {
      // Not found or not executable: it never answers, and the log says no more than that.
    },
  )
}

async function answers(spec: DaemonSpec, daemon: ChildProcess): Promise<boolean> {
  const env = { ...process.env, ...spec.env, DOCKER_HOST: socketOf(spec) }
  for (const start = Date.now(); Date.now() - start < START_DEADLINE_MS; await sleep(100)) {
    if (daemon.pid === undefined || daemon.exitCode !== null || daemon.signalCode !== null) return false
    const answered = await run('docker', ['version'], { env }).then(
      () => true,
      () => false,
    )
    if (answered) return true
  }
  return false
}

async function lastWords(spec: DaemonSpec): Promise<string> {
  const log = await readFile(join(spec.folder, 'log'), 'utf8').catch(() => '')
  return log.trim().split('\n').slice(-3).join(' | ') || 'dockerd could not be started'
}

/** Asks the engine to stop, which also stops the containerd it started. */
export async function stopDaemon(daemon: ChildProcess): Promise<void> {
  if (daemon.pid === undefined || daemon.exitCode !== null || daemon.signalCode !== null) return
  const gone = once(daemon, 'exit')
  daemon.kill('SIGTERM')
  const late = setTimeout(() => daemon.kill('SIGKILL'), STOP_DEADLINE_MS)
  await gone
  clearTimeout(late)
}

/** Kills the engine and its containerd at one blow. Left alone, containerd would hold up the next engine for a quarter of a minute. */
export async function killDaemon(daemon: ChildProcess, spec: DaemonSpec): Promise<void> {
  const gone = once(daemon, 'exit')
  daemon.kill('SIGKILL')
  await killContainerds(spec)
  await gone
}

/** Removes what the engine left: a containerd whose engine was killed, mounts, files. */
export async function removeRemains(spec: DaemonSpec): Promise<void> {
  const { folder } = spec
  await killContainerds(spec)
  const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n').map(line => line.split(' ')[1] ?? '')
  for (const mount of mounts.filter(path => path.startsWith(`${folder}/`)).reverse()) {
    await run('umount', ['--lazy', mount])
  }
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
}

async function killContainerds({ folder, storageDrivers }: DaemonSpec): Promise<void> {
  for (const driver of storageDrivers) await killContainerd(join(folder, driver, 'exec/containerd/containerd.pid'))
}

async function killContainerd(pidFile: string): Promise<void> {
  const pid = Number(await readFile(pidFile, 'utf8').catch(() => '0'))
  const command = pid > 0 ? await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '') : ''
  // The number may have been given to another process since.
  if (command.includes(dirname(pidFile))) process.kill(pid, 'SIGKILL')
  // In a container nobody may bury the dead, and an engine waits for one whose number it finds here.
  await rm(pidFile, { force: true })
}
