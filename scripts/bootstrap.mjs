/**
 * Runs one of this project's programs on a machine that has no more than Node 20 and npm: brings node_modules up to the
 * lock file first, then hands over to the Node 24 in there, which is what the action runs on.
 *
 *     node scripts/bootstrap.mjs demo|test|test:az [arguments]
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const binaries = join(root, 'node_modules', '.bin')
const programs = { demo: 'demo/demo.ts', test: 'scripts/test.ts', 'test:az': 'scripts/test-az.ts' }

const [name, ...args] = process.argv.slice(2)
const program = programs[name]
if (program === undefined) throw new Error(`Say one of: ${Object.keys(programs).join(', ')}`)

if (!installedMatchesLock()) {
  console.log('Installing what package-lock.json names (npm ci)')
  if ((await run('npm', ['ci'], pathWithoutBinaries())) !== 0) throw new Error('npm ci failed')
}
const node = existsSync(join(binaries, 'node')) ? join(binaries, 'node') : process.execPath
const path = [binaries, pathWithoutBinaries()].join(delimiter)
process.exitCode = await run(node, [join(root, program), ...args], path)

/** npm writes down what it installed; every package of that must be the locked one, and none that is needed missing. */
function installedMatchesLock() {
  const record = join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(record)) return false
  const installed = JSON.parse(readFileSync(record, 'utf8')).packages
  const locked = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages
  delete locked[''] // the project itself
  const same = Object.entries(installed).every(([path, entry]) => entry.integrity === locked[path]?.integrity)
  return same && Object.entries(locked).every(([path, entry]) => entry.optional || path in installed)
}

/** npm runs us with the project's own programs first in PATH; npm itself must not run on the Node it is replacing. */
function pathWithoutBinaries() {
  const path = process.env.PATH ?? ''
  return path
    .split(delimiter)
    .filter(folder => !folder.endsWith(join('node_modules', '.bin')))
    .join(delimiter)
}

/** Runs a program, hands on the signals we get, and returns its exit code. */
async function run(command, args, PATH) {
  const options = { cwd: root, stdio: 'inherit', env: { ...process.env, PATH } }
  // npm is a batch file on Windows, which only a shell can start.
  const child = spawn(command, args, { ...options, shell: process.platform === 'win32' && command === 'npm' })
  const forward = signal => child.kill(signal)
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, forward)
  const [code] = await once(child, 'exit')
  for (const signal of ['SIGINT', 'SIGTERM']) process.off(signal, forward)
  return code ?? 1
}
