import { expect, test } from '@jest/globals'
import { readFile, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { type Run, runIn } from '../support/command.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const run: Run = runIn({})
const demo = (...args: string[]) => run(process.execPath, [join(ROOT, 'demo/demo.ts'), ...args])

/** The outputs as the demo prints them, one a line. */
const outputsIn = (log: string) =>
  Object.fromEntries([...log.matchAll(/^([a-z-]+): (.*)$/gm)].map(([, name, value]) => [name, value])) as Record<
    string,
    string
  >

const isOpen = (port: number) =>
  new Promise<boolean>(resolve => {
    const socket = connect(port, '127.0.0.1')
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false))
    socket.on('connect', () => socket.destroy())
  })

interface Replica {
  readonly region: string
  readonly seconds: number
}

test('tells its story of five regions: one slow, ready in another order than asked', async () => {
  await rm(join(ROOT, 'summary.md'), { force: true })
  const { code, stdout, stderr } = await demo('--scenario', join(ROOT, 'demo/five-regions.json'))
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })

  const outputs = outputsIn(stdout)
  expect(outputs).toMatchObject({
    ready: 'true',
    'created-replicas': 'japaneast,australiaeast',
    'ready-regions': 'japaneast,eastus,canadacentral,westeurope,australiaeast',
  })
  const replicas = JSON.parse(outputs['replicas'] ?? '[]') as Replica[]
  const byTime = replicas.toSorted((a, b) => a.seconds - b.seconds).map(({ region }) => region)
  expect(byTime.slice(-2)).toEqual(['australiaeast', 'japaneast'])
  expect(await readFile(join(ROOT, 'summary.md'), 'utf8')).toContain(outputs['digest'])
  expect(await isOpen(Number(outputs['login-server']?.split(':')[1]))).toBe(false)
})

test('ends with the exit code of the step', async () => {
  const { code, stdout } = await demo('--inputs', 'regions=atlantis')
  expect(code).toBe(1)
  expect(stdout).toMatch(/^Error: .*atlantis/m)
})
