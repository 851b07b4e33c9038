// Builds dist/ from src/: TypeScript to JavaScript, then one reviewable file with all licences. The output is the same to the byte
// wherever it is built, so that scripts/check-dist.mjs can compare.
import { execFileSync } from 'node:child_process'
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const require = createRequire(import.meta.url)
const root = join(import.meta.dirname, '..')
const node = (module, ...args) =>
  execFileSync(process.execPath, [require.resolve(module), ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  })

rmSync(join(root, 'lib'), { recursive: true, force: true })
node('typescript/lib/tsc.js', '-p', 'tsconfig.build.json')

// ncc follows the nearest package.json: CommonJS output, in which an external module is only looked up when it is used.
writeFileSync(join(root, 'lib', 'package.json'), '{}\n')

// `open` starts a browser for interactive sign-in, which this action never does. Bundled, it makes ncc write a chunk of its own and
// lose every licence but one (vercel/ncc overwrites licenses.txt for each chunk).
const stats = join(root, 'lib', 'stats.json')
node(
  '@vercel/ncc/dist/ncc/cli.js',
  'build',
  'lib/index.js',
  '-o',
  'lib/dist',
  '-e',
  'open',
  '--license',
  'licenses.txt',
  '--stats-out',
  stats,
)
const built = join(root, 'lib', 'dist')
writeFileSync(join(built, 'package.json'), '{\n  "type": "commonjs"\n}\n')

const missing = [...bundledPackages()].filter(name => !licensedPackages().has(name))
if (missing.length > 0) throw new Error(`dist/licenses.txt lacks the licences of ${missing.join(', ')}`)

// In place at once: whatever runs dist/ meanwhile finds the old one or the new one.
rmSync(join(root, 'dist'), { recursive: true, force: true })
renameSync(built, join(root, 'dist'))

/** Every package with a module in the bundle. */
function bundledPackages() {
  const names = new Set()
  const visit = modules => {
    for (const module of modules ?? []) {
      const [, name] = /.*node_modules[/\\]((?:@[^/\\]+[/\\])?[^/\\]+)/.exec(module.name ?? '') ?? []
      if (name !== undefined && !name.startsWith('open|')) names.add(name.replace('\\', '/'))
      visit(module.modules)
    }
  }
  visit(JSON.parse(readFileSync(stats, 'utf8')).modules)
  return names
}

/** Every package with a heading in licenses.txt. */
function licensedPackages() {
  return new Set(
    readFileSync(join(built, 'licenses.txt'), 'utf8')
      .split('\n')
      .map(line => line.trim()),
  )
}
