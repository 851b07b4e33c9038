// Fails when the committed dist/ is not what the sources build: changed, new and stale files alike.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')

/** Content by path of everything in dist/. */
function snapshot() {
  const files = readdirSync(join(root, 'dist'), { recursive: true, withFileTypes: true }).filter(entry =>
    entry.isFile(),
  )
  return new Map(
    files.map(({ parentPath, name }) => {
      const path = join(parentPath, name)
      return [path.slice(root.length + 1), createHash('sha256').update(readFileSync(path)).digest('hex')]
    }),
  )
}

const before = snapshot()
execFileSync(process.execPath, [join(root, 'scripts', 'build.mjs')], { stdio: 'inherit' })
const after = snapshot()
const different = [...new Set([...before.keys(), ...after.keys()])].filter(path => before.get(path) !== after.get(path))
const untracked = execFileSync('git', ['status', '--porcelain', '--', 'dist'], { cwd: root, encoding: 'utf8' }).trim()

if (different.length > 0 || (process.env.CI === 'true' && untracked !== '')) {
  console.error(`dist/ is not what src/ builds:\n${different.map(path => `  ${path}`).join('\n')}\n${untracked}`)
  console.error('Run npm run build and commit dist/.')
  process.exitCode = 1
} else {
  console.log(`dist/ is what src/ builds (${after.size} files)`)
}
