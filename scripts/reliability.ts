import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { keep, type Measured } from '../bench/figures.ts'

/** Runs the fault matrix, keeps what it measured, and writes docs/reliability.md. With `--keep` it only writes, from what was measured before. */
async function main(): Promise<void> {
  if (!process.argv.includes('--keep')) await runMatrix()
  await npmRun({ WRITE_RELIABILITY: '1' }, 'unit', '--testPathPatterns', 'scripts/reliability')
}

async function runMatrix(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'acr-geo-push-reliability-'))
  try {
    const file = join(folder, 'measured.json')
    await npmRun({ FAULTS_MEASURED: file }, 'faults')
    await keep({ rows: JSON.parse(await readFile(file, 'utf8')) as Measured[] })
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function npmRun(env: Record<string, string>, ...args: string[]): Promise<void> {
  const [script = '', ...rest] = args
  const child = spawn('npm', ['run', '--silent', script, '--', ...rest], {
    stdio: 'inherit',
    env: { ...process.env, ...env },
    shell: process.platform === 'win32',
  })
  const [exitCode] = (await once(child, 'exit')) as [number | null]
  if (exitCode !== 0) process.exitCode = 1
}

await main()
