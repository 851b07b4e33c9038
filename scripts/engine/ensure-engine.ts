import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import { isDebian, unpackPackages } from './debian-packages.ts'
import { findExistingEngine } from './existing-engine.ts'
import { flavours, type ImageStore } from './flavours.ts'
import { explainMissing } from './requirements.ts'
import { type DaemonCommand, type DaemonSpec, type DaemonState } from './daemon.ts'

/** What an engine must be like. */
export interface EngineWish {
  readonly store: ImageStore
  /** A certificate authority the engine must trust, as a PEM file. Needed with the containerd store only: the classic
   *  one takes every name on this machine's loopback for an insecure registry. */
  readonly caFile?: string
}

/** A Docker engine that answers until `stop` is called. */
export interface Engine {
  readonly dockerHost: string
  readonly store: ImageStore
  /** What to export so that the docker command finds this engine, and is found itself. */
  readonly env: Readonly<{ DOCKER_HOST: string; PATH: string }>
  /** The buildx program that came with the engine, if one did. */
  readonly buildx?: string
  /** Whether it was running before we came; `stop` leaves such an engine alone. */
  readonly borrowed: boolean
  stop(): Promise<void>
}

/** An engine of our own, with which we may do as others do with theirs. */
export interface OwnEngine extends Engine {
  /** Ends the engine, in order as `systemctl stop docker` does or at once as a crash does. What it has is kept. */
  halt(how: 'SIGTERM' | 'SIGKILL'): Promise<void>
  /** Starts a halted engine at the same socket; resolves when it answers. */
  resume(): Promise<void>
}

/** Uses the engine that already answers when it fits, and otherwise starts a throwaway one from Debian's packages. */
export async function ensureEngine(wish: EngineWish): Promise<Engine> {
  const existing = await findExistingEngine()
  // Whether a running engine with the containerd store trusts our authority is not ours to say: that one is always new.
  if (existing?.store === 'classic' && wish.store === 'classic') {
    const env = { DOCKER_HOST: existing.dockerHost, PATH: process.env['PATH'] ?? '' }
    return { ...existing, env, borrowed: true, stop: () => Promise.resolve() }
  }
  return startOwnEngine(wish, existing?.store)
}

/** Starts a throwaway engine from Debian's packages, whether or not another one answers. */
export async function startOwnEngine({ store, caFile }: EngineWish, existing?: ImageStore): Promise<OwnEngine> {
  const machine = { debian: await isDebian(), root: process.getuid?.() === 0, engine: existing }
  const missing = explainMissing(machine)
  if (missing !== undefined) throw new Error(missing)
  const flavour = flavours[store]
  const roots = []
  for (const set of flavour.packageSets) roots.push(await unpackPackages(set))
  const binaries = roots.flatMap(root => [join(root, 'usr/bin'), join(root, 'usr/sbin')])
  const path = process.env['PATH'] ?? ''

  const folder = await mkdtemp(join(tmpdir(), 'acr-geo-push-engine-'))
  const spec: DaemonSpec = {
    folder,
    storageDrivers: flavour.storageDrivers,
    config: flavour.daemonConfig,
    env: {
      PATH: [...binaries, path].join(delimiter),
      // Go's own resolver keeps the hosts file for five seconds; the C library sees at once what is written to it.
      GODEBUG: 'netdns=cgo',
      LD_LIBRARY_PATH: (await Promise.all(roots.map(libraryFolders))).flat().join(delimiter),
      ...(caFile === undefined ? {} : { SSL_CERT_FILE: caFile }),
    },
  }
  const { dockerHost, ...control } = await supervise(spec)
  // The machine's own docker command goes first; the packages' one is there for a machine that has none.
  const env = { DOCKER_HOST: dockerHost, PATH: [path, ...binaries].join(delimiter) }
  const buildx = roots
    .map(root => join(root, 'usr/libexec/docker/cli-plugins/docker-buildx'))
    .find(file => existsSync(file))
  return { dockerHost, store, env, borrowed: false, ...control, ...(buildx === undefined ? {} : { buildx }) }
}

async function libraryFolders(root: string): Promise<string[]> {
  const folders = await Promise.all(
    ['lib', 'usr/lib'].map(async lib =>
      (await readdir(join(root, lib)).catch(() => []))
        .filter(name => name.endsWith('-linux-gnu'))
        .map(name => join(root, lib, name)),
    ),
  )
  return folders.flat()
}

/** Starts the supervisor, which ends the engine when we ask for it and also when we die. */
async function supervise(spec: DaemonSpec): Promise<Pick<OwnEngine, 'dockerHost' | 'stop' | 'halt' | 'resume'>> {
  const supervisor = spawn(process.execPath, [join(import.meta.dirname, 'supervisor.ts'), JSON.stringify(spec)], {
    // A session of its own: Ctrl-C must reach us, not the engine, so that the engine stops in order.
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = once(supervisor, 'exit')
  const reports = createInterface(supervisor.stdout)[Symbol.asyncIterator]()
  const report = async (): Promise<DaemonState> => {
    const { value, done } = await reports.next()
    if (done === true) throw new Error('The throwaway Docker engine ended')
    return JSON.parse(value) as DaemonState
  }
  // Whoever forgets to stop the engine can still end; the supervisor notices.
  const handles: Unreferable[] = [supervisor, supervisor.stdin, supervisor.stdout] as Unreferable[]
  const tell = async (command: DaemonCommand) => {
    handles.forEach(handle => handle.ref())
    supervisor.stdin.write(`${command}\n`)
    const state = await report()
    handles.forEach(handle => handle.unref())
    if ('error' in state) throw new Error(`The throwaway Docker engine did not start again: ${state.error}`)
  }
  const state = await report()
  if (!('dockerHost' in state)) {
    await ended
    throw new Error(`The throwaway Docker engine did not start: ${'error' in state ? state.error : 'halted'}`)
  }
  handles.forEach(handle => handle.unref())
  return {
    dockerHost: state.dockerHost,
    halt: how => tell(how),
    resume: () => tell('start'),
    async stop() {
      supervisor.ref()
      supervisor.stdin.end()
      await ended
    },
  }
}

/** Pipes of a child process can be left out of what keeps us running, though their type does not tell. */
type Unreferable = Pick<ChildProcess, 'ref' | 'unref'>
