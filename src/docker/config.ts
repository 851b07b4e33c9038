import { chmod, mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { StepError, messageOf } from '../base/errors.ts'
import { type Engine } from './engine.ts'

/** The user name of ACR refresh tokens (learn.microsoft.com, "Authenticate with an Azure container registry"). */
const TOKEN_USER = '00000000-0000-0000-0000-000000000000'

/** What the name of a private configuration directory starts with. */
export const DIRECTORY_PREFIX = 'acr-geo-push-'

/** A docker configuration of the step's own. */
export interface DockerConfig {
  readonly dir: string
  /** For child processes. Never exported to the job. */
  readonly env: Readonly<Record<string, string>>
  /** Lets docker sign in to a host with an ACR refresh token. */
  setCredential(host: string, refreshToken: string): Promise<void>
  /** Removes it with all credentials in it. May be called again. */
  remove(): Promise<void>
}

/**
 * Makes a private configuration directory below `tempDir`, seeded from the user's own: contexts, proxies, plugins and credentials of
 * other hosts keep working, and the user's configuration stays untouched, so that steps side by side do not disturb each other.
 */
export async function createDockerConfig(
  tempDir: string,
  userDir: string,
  flavour: Engine['flavour'],
): Promise<DockerConfig> {
  const dir = await makeDirectory(tempDir)
  const settings = await readSettings(join(userDir, 'config.json'))
  await linkFolders(userDir, dir)
  const write = () => writeFile(join(dir, 'config.json'), `${JSON.stringify(settings, null, 2)}\n`, { mode: 0o600 })
  await write()
  return {
    dir,
    // podman looks into files of its own first (containers-auth.json(5)).
    env: { DOCKER_CONFIG: dir, ...(flavour === 'podman' ? { REGISTRY_AUTH_FILE: join(dir, 'config.json') } : {}) },
    async setCredential(host, refreshToken) {
      settings.auths = {
        ...settings.auths,
        // What `docker login` stores for a registry that answers with a refresh token, which ACR does.
        [host]: { auth: Buffer.from(`${TOKEN_USER}:`).toString('base64'), identitytoken: refreshToken },
      }
      // An empty helper makes docker look into the file for this host, whatever store the user has for others. podman, which has no such
      // store, would run it.
      if (flavour === 'docker') settings.credHelpers = { ...settings.credHelpers, [host]: '' }
      await write()
    },
    remove: () => removeDockerConfig(dir),
  }
}

/** Removes a private configuration directory. The folders linked into it are the user's and stay. */
export async function removeDockerConfig(dir: string): Promise<void> {
  await rm(dir, { recursive: true, force: true, maxRetries: 3, retryDelay: 100 })
}

async function makeDirectory(tempDir: string): Promise<string> {
  try {
    await mkdir(tempDir, { recursive: true })
    const dir = await mkdtemp(join(tempDir, DIRECTORY_PREFIX))
    await chmod(dir, 0o700)
    return dir
  } catch (error) {
    throw new StepError('invalid', `No directory for docker's configuration could be made: ${messageOf(error)}`, {
      remedy: 'Check RUNNER_TEMP: the step needs a directory it may write to.',
      cause: error,
    })
  }
}

interface Settings {
  auths?: Record<string, unknown>
  credHelpers?: Record<string, string>
  [key: string]: unknown
}

async function readSettings(path: string): Promise<Settings> {
  try {
    const parsed: unknown = JSON.parse(await readFile(path, 'utf8'))
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? (parsed as Settings) : {}
  } catch {
    // None, or one that docker could not read either.
    return {}
  }
}

/** Contexts, CLI plugins and the like: linked, because copies would be large and go stale. Junctions need no right on Windows. */
async function linkFolders(from: string, to: string): Promise<void> {
  const entries = await readdir(from, { withFileTypes: true }).catch(() => [])
  await Promise.all(
    entries
      // A linked config.json would take the credential along into the user's own.
      .filter(entry => entry.name !== 'config.json' && (entry.isDirectory() || entry.isSymbolicLink()))
      .map(entry => symlink(join(from, entry.name), join(to, entry.name), 'junction').catch(() => undefined)),
  )
}
