import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, afterEach, describe, expect, jest, test } from '@jest/globals'
import { type Ready } from '../../emulator/index.ts'

jest.setTimeout(60_000)

const folder = mkdtempSync(join(tmpdir(), 'emulator-cli-'))
let child: ChildProcess | undefined
afterEach(() => {
  child?.kill('SIGKILL')
})
afterAll(() => rmSync(folder, { recursive: true }))

function start(...args: string[]) {
  const running = spawn(process.execPath, ['emulator/cli.ts', ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  child = running
  let complaints = ''
  running.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()))
  return {
    running,
    exit: once(running, 'exit') as Promise<[number | null, string | null]>,
    line: once(createInterface(running.stdout), 'line').then(([line]) => JSON.parse(String(line)) as Ready),
    complaints: () => complaints,
  }
}

function scenarioFile(text: string): string {
  const file = join(folder, 'scenario.json')
  writeFileSync(file, text)
  return file
}

describe('npm run emulator', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)(
    'prints one line when ready; %s ends it and leaves nothing behind',
    async signal => {
      const { running, exit, line } = start('--scenario', scenarioFile('{ "registry": { "name": "fabrikam" } }'))
      const ready = await line
      expect(ready).toMatchObject({
        registry: 'fabrikam',
        resourceGroup: 'contoso-rg',
        loginServer: expect.stringMatching(/^fabrikam\.localhost:\d+$/) as unknown,
        resourceManagerEndpoint: expect.stringMatching(/^https:\/\/localhost:\d+\/$/) as unknown,
        regionalEndpoints: { eastus: expect.stringMatching(/^fabrikam\.eastus\.geo\.localhost:\d+$/) as unknown },
      })
      expect(readFileSync(ready.caFile, 'utf8')).toContain('BEGIN CERTIFICATE')
      running.kill(signal)
      expect((await exit)[0]).toBe(0)
      expect(existsSync(dirname(ready.caFile))).toBe(false)
      expect(readFileSync('/etc/hosts', 'utf8')).not.toContain(`pid=${running.pid} `)
    },
  )

  test.each([
    ['{ "regisry": {} }', 'scenario.regisry is not known'],
    ['{', 'JSON'],
  ])('refuses %s', async (text, message) => {
    const { exit, complaints } = start('--scenario', scenarioFile(text))
    expect((await exit)[0]).toBe(1)
    expect(complaints()).toContain(message)
  })
})
