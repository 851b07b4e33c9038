import { execFile } from 'node:child_process'
import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Makes sure that a command is there, from the Debian package of that name or the one given. */
export async function ensureCommand(command: string, packageName = command): Promise<void> {
  if (await isInPath(command)) return
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    throw new Error(
      `'${command}' is missing. Install it, or run this as root on Debian (apt-get install ${packageName}).`,
    )
  }
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  // Another apt may be at work, in a second test run or the machine's own.
  const apt = (...args: string[]) =>
    run('apt-get', ['--quiet', '-o', 'DPkg::Lock::Timeout=300', ...args], { env, maxBuffer: 64 << 20 })
  // One of the machine's sources may be out of reach without mattering: the installation tells.
  await apt('update').catch(() => undefined)
  await apt('install', '--yes', '--no-install-recommends', packageName)
}

async function isInPath(command: string): Promise<boolean> {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  const found = await Promise.all(
    folders.map(folder =>
      access(join(folder, command), constants.X_OK).then(
        () => true,
        () => false,
      ),
    ),
  )
  return found.includes(true)
}
