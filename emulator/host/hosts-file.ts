import { randomUUID } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import { closeSync, openSync, readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Every line of ours ends with this, the process, and the emulator within it. */
const mark = '# acr-geo-push emulator'

/**
 * Makes names lead to 127.0.0.1 by marked lines of the hosts file, each emulator its own; lines of processes that are gone are swept away. Where the
 * file can't be written, `missing` says what to add.
 */
export class HostsFile {
  readonly #file: string
  readonly #tag: string
  #lines: string[] = []
  #missing: string[] = []

  constructor(
    id: string,
    file = process.platform === 'win32' ? 'C:\\Windows\\System32\\drivers\\etc\\hosts' : '/etc/hosts',
  ) {
    this.#file = file
    this.#tag = `${mark} pid=${process.pid} id=${id}`
  }

  /** Lines somebody with the right to must add. */
  get missing(): string[] {
    return this.#missing
  }

  /** From now on these names resolve, and others of ours don't. */
  async set(names: string[]): Promise<void> {
    const byItself = await resolvesByItself
    const unknown = this.#unlisted(names.filter(name => !byItself || !name.endsWith('.localhost')))
    const lines = unknown.map(name => `127.0.0.1 ${name} ${this.#tag}`)
    if (lines.join() === this.#lines.join()) return
    this.#missing = this.#rewrite(lines) ? [] : unknown.map(name => `127.0.0.1 ${name}`)
    this.#lines = lines
  }

  /** Takes our lines out; synchronous, so that it also works while the process exits. */
  clear(): void {
    if (this.#lines.length > 0) this.#rewrite([])
    this.#lines = []
  }

  /** Names the file doesn't have by somebody else's hand; other emulators' lines don't count, they come and go. */
  #unlisted(names: string[]): string[] {
    const lines = readIfThere(this.#file)
      .split('\n')
      .filter(line => !line.includes(mark))
    const listed = new Set(lines.flatMap(line => line.replace(/#.*/, '').trim().split(/\s+/).slice(1)))
    return names.filter(name => !listed.has(name))
  }

  /** Puts these lines in place of the ones before; false where we may not. */
  #rewrite(lines: string[]): boolean {
    return withLock(() => {
      try {
        const before = readFileSync(this.#file, 'utf8')
        const kept = before.split('\n').filter(line => !line.includes(this.#tag) && !isStale(line))
        while (kept.at(-1) === '') kept.pop()
        const after = [...kept, ...lines, ''].join('\n')
        if (after !== before) replaceFile(this.#file, after)
        return true
      } catch {
        return false
      }
    })
  }
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/** At once, by renaming, so that nobody reads half a file; in place where the file is a mount, as in containers. */
function replaceFile(file: string, content: string): void {
  const real = realpathSync(file)
  const draft = `${real}.${process.pid}.acr-geo-push`
  try {
    writeFileSync(draft, content, { mode: statSync(real).mode })
    renameSync(draft, real)
  } catch {
    rmSync(draft, { force: true })
    writeFileSync(real, content)
  }
}

/** Does this system lead every `*.localhost` name to loopback (systemd-resolved does)? Asked once. */
const resolvesByItself: Promise<boolean> = lookup(`${randomUUID()}.localhost`).then(
  () => true,
  () => false,
)

function isStale(line: string): boolean {
  const pid = new RegExp(`${mark} pid=(\\d+)`).exec(line)?.[1]
  return pid !== undefined && !isAlive(Number(pid))
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

const lockFile = join(tmpdir(), 'acr-geo-push-hosts.lock')
const lockPatience = 10_000

/** One process at a time edits the file; a lock left by a dead one goes after ten seconds. */
function withLock<T>(run: () => T): T {
  for (;;) {
    try {
      closeSync(openSync(lockFile, 'wx'))
      break
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return run()
      if (ageOf(lockFile) > lockPatience) rmSync(lockFile, { force: true })
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
    }
  }
  try {
    return run()
  } finally {
    rmSync(lockFile, { force: true })
  }
}

function ageOf(file: string): number {
  return Date.now() - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Date.now())
}
