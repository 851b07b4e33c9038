import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type PackageSet } from './flavours.ts'

const run = promisify(execFile)
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'

/** Whether this machine is a Debian whose package tools can fetch and unpack without installing. */
export async function isDebian(): Promise<boolean> {
  const osRelease = await readFile('/etc/os-release', 'utf8').catch(() => '')
  return /^ID=debian$/m.test(osRelease) && existsSync(KEYRING)
}

/**
 * Unpacks Debian packages into a cache folder, once, and returns that folder. Nothing is installed: no service starts,
 * no file of the machine changes, and its own package lists stay as they are.
 */
export async function unpackPackages(set: PackageSet): Promise<string> {
  const release = set.release === 'host' ? await hostRelease() : set.release
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'acr-geo-push')
  const unpacked = join(cache, [release, ...set.packages].join('+'))
  if (existsSync(unpacked)) return unpacked

  await mkdir(cache, { recursive: true })
  const work = await mkdtemp(join(cache, 'download-'))
  try {
    const apt = await privateApt(work, release)
    const root = join(work, 'root')
    await mkdir(root)
    await apt('update')
    await apt('download', ...set.packages, ...(await known(apt, set.optional ?? [])))
    for (const file of await readdir(work)) {
      if (file.endsWith('.deb')) await run('dpkg-deb', ['--extract', join(work, file), root])
    }
    // A second process may have been faster; its result is as good as ours.
    await rename(root, unpacked).catch((error: unknown) => {
      if (!existsSync(unpacked)) throw error
    })
    return unpacked
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

async function hostRelease(): Promise<string> {
  const name = /^VERSION_CODENAME=(.+)$/m.exec(await readFile('/etc/os-release', 'utf8'))?.[1]
  if (name === undefined) throw new Error('/etc/os-release does not name the Debian release (VERSION_CODENAME)')
  return name
}

type Apt = (...args: string[]) => Promise<string>

/** An apt-get with sources, lists and cache of its own, working in `folder`. */
async function privateApt(folder: string, release: string): Promise<Apt> {
  const sources = join(folder, 'sources.list')
  await writeFile(sources, `deb [signed-by=${KEYRING}] ${await mirror()} ${release} main\n`)
  await mkdir(join(folder, 'lists', 'partial'), { recursive: true })
  const options = {
    'Dir::Etc::SourceList': sources,
    'Dir::Etc::SourceParts': '/dev/null',
    'Dir::State::Lists': join(folder, 'lists'),
    'Dir::Cache': folder,
    'APT::Sandbox::User': '',
    'Acquire::Retries': '3',
  }
  const flags = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`])
  return async (...args) => {
    const { stdout } = await run('apt-get', [...flags, ...args], { cwd: folder, maxBuffer: 64 << 20 })
    return stdout
  }
}

/** The mirror this machine already uses, in either format of apt's sources. */
async function mirror(): Promise<string> {
  const sources = await Promise.all(
    ['/etc/apt/sources.list.d/debian.sources', '/etc/apt/sources.list'].map(file =>
      readFile(file, 'utf8').catch(() => ''),
    ),
  )
  return /^(?:URIs:|deb(?: \[.*?\])?) *(https?:\S+)/m.exec(sources.join('\n'))?.[1] ?? 'http://deb.debian.org/debian'
}

/** Those of `names` that the release has. */
async function known(apt: Apt, names: readonly string[]): Promise<string[]> {
  const has = (name: string) =>
    apt('download', '--print-uris', name).then(
      () => [name],
      () => [],
    )
  return (await Promise.all(names.map(has))).flat()
}
