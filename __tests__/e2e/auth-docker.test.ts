import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { randomUUID } from 'node:crypto'
import { readdirSync, statSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { type Emulator } from '../../emulator/index.ts'
import { type ScenarioInput } from '../../emulator/scenario.ts'
import { acrRefreshToken, TOKEN_USER } from '../support/acr-sign-in.ts'
import { processesOf } from '../support/auth/processes.ts'
import { runIn } from '../support/command.ts'
import { runAction, type RunOptions } from '../support/runner.ts'
import { azurePerTest } from '../support/step/azure.ts'
import { dockerUser } from '../support/step/docker-user.ts'
import { expectGreen } from '../support/step/expect-green.ts'
import { pushImage, REPOSITORY } from '../support/step/push-image.ts'

const LOCAL = 'auth/web:1.2'
const CONFIG = JSON.stringify({ auths: { 'ghcr.io': { auth: 'b2N0b2NhdDpzM2NyM3Q=' } } })
const REPOSITORY_ROOT = join(import.meta.dirname, '..', '..')
const start = azurePerTest()

let folder: string
let env: { HOME: string; RUNNER_TEMP: string; JOB_MARK: string }
beforeAll(() => dockerUser().build(LOCAL))
afterAll(() => dockerUser().forget(LOCAL))
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auth-docker-'))
  env = { HOME: join(folder, 'home'), RUNNER_TEMP: join(folder, 'temp'), JOB_MARK: randomUUID() }
  await mkdir(join(env.HOME, '.docker'), { recursive: true })
  await mkdir(env.RUNNER_TEMP)
  await writeFile(join(env.HOME, '.docker', 'config.json'), CONFIG)
})
afterEach(() => rm(folder, { recursive: true }))

const leftInTemp = () => readdir(env.RUNNER_TEMP)
const userConfig = () => readFile(join(env.HOME, '.docker', 'config.json'), 'utf8')
const startEast = (scenario: ScenarioInput = {}) => start({ replicas: [{ location: 'eastus' }], ...scenario })
/** A registry that takes every byte and never the manifest: the push goes on and on. */
const startEndless = () =>
  startEast({
    faults: [{ match: { service: 'registry', method: 'PUT', path: '/manifests/' }, action: { hang: true } }],
  })
const PUSHING = /docker push/
const push = (azure: Emulator, tag: string, more: Omit<RunOptions, 'inputs'> = {}) =>
  pushImage(azure, LOCAL, ['eastus'], { image: `${azure.ready.loginServer}/${REPOSITORY}:${tag}` }, { env, ...more })

describe('the docker configuration of a push', () => {
  test('is for nobody else to read, and not the one of the job', async () => {
    const azure = await startEast()
    const seen: { file: string; mode: number }[] = []
    const run = await push(azure, '1.2', {
      onLine: line => {
        if (!PUSHING.test(line)) return
        for (const file of readdirSync(env.RUNNER_TEMP, { recursive: true, encoding: 'utf8' })) {
          seen.push({ file: basename(file), mode: statSync(join(env.RUNNER_TEMP, file)).mode & 0o777 })
        }
      },
    })
    expectGreen(azure, run, ['eastus'], [`${REPOSITORY}:1.2`])
    expect(seen).toEqual([
      { file: expect.stringMatching(/^acr-geo-push-/), mode: 0o700 },
      { file: 'config.json', mode: 0o600 },
    ])
    expect([await leftInTemp(), await userConfig()]).toEqual([[], CONFIG])
  })

  test('is gone after a cancelled push', async () => {
    const azure = await startEndless()
    // The post step would take it away as well.
    const left: string[][] = []
    const onLine = (line: string) => void (/Cancelled after/.test(line) && left.push(readdirSync(env.RUNNER_TEMP)))
    const run = await push(azure, '1.2', { signalAfter: { line: PUSHING }, onLine })
    expect(run).toMatchObject({ conclusion: 'cancelled', exitCode: 130, orphans: [] })
    expect(run.state['docker-config']).toContain(env.RUNNER_TEMP)
    expect(left).toEqual([[]])
    expect([await leftInTemp(), await userConfig()]).toEqual([[], CONFIG])
  })

  test('is taken away by the post step when the step was killed', async () => {
    const azure = await startEndless()
    const killed: boolean[] = []
    const kill = async () => {
      const step = (await processesOf(env.JOB_MARK)).find(({ argv }) => argv.endsWith('dist/index.js'))
      const left = await leftInTemp()
      killed.push(left.length === 1 && step !== undefined && process.kill(step.pid, 'SIGKILL'))
    }
    const { ready } = azure
    const run = await runAction({
      inputs: {
        image: `${ready.loginServer}/${REPOSITORY}:1.2`,
        regions: 'eastus',
        'source-image': LOCAL,
        environment: 'custom',
        'resource-manager-endpoint': ready.resourceManagerEndpoint,
        'authority-host': ready.authorityHost,
      },
      env: { ...ready.env, ...env },
      onLine: line => void (PUSHING.test(line) && kill()),
    })
    expect(killed).toEqual([true])
    expect(run).toMatchObject({
      signal: 'SIGKILL',
      conclusion: 'failure',
      post: { exitCode: 0, stdout: '', stderr: '' },
    })
    expect([await leftInTemp(), await userConfig()]).toEqual([[], CONFIG])
  })
})

describe('the post step', () => {
  /** The step as the runner starts it after the job. */
  const post = (state: string) =>
    runIn({ STATE_post: 'true', 'STATE_docker-config': state })(process.execPath, [
      join(REPOSITORY_ROOT, 'dist/index.js'),
    ])
  const SILENT = { code: 0, stdout: '', stderr: '' }

  test('may come twice, and takes away nothing else', async () => {
    const ours = join(env.RUNNER_TEMP, 'acr-geo-push-x')
    await mkdir(ours)
    await writeFile(join(ours, 'config.json'), '{}')
    expect([await post(ours), await post(ours), await leftInTemp()]).toEqual([SILENT, SILENT, []])
    expect(await post(join(env.HOME, '.docker'))).toEqual(SILENT)
    expect(await post('')).toEqual(SILENT)
    expect(await userConfig()).toBe(CONFIG)
  })

  test('does not fail over what it cannot take away', async () => {
    const file = join(env.RUNNER_TEMP, 'file')
    await writeFile(file, '')
    const { code, stdout, stderr } = await post(join(file, 'acr-geo-push-x'))
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).not.toContain('::error')
  })
})

test('two steps on one engine and one registry, and somebody who signs in and out meanwhile, do not disturb each other', async () => {
  const azure = await startEast()
  const user = runIn({ HOME: env.HOME, DOCKER_CONFIG: join(env.HOME, '.docker') })
  const { loginServer } = azure.ready
  const token = await acrRefreshToken(azure.ready, loginServer)
  let working = true
  const somebody = (async () => {
    let times = 0
    for (; working; times += 1) {
      const login = await user('docker', ['login', loginServer, '--username', TOKEN_USER, '--password-stdin'], token)
      const logout = await user('docker', ['logout', loginServer])
      expect([login.code, logout.code]).toEqual([0, 0])
    }
    return times
  })()
  const runs = await Promise.all([push(azure, 'blue'), push(azure, 'green')])
  working = false
  expect(await somebody).toBeGreaterThan(0)
  for (const [index, tag] of ['blue', 'green'].entries()) {
    const run = runs[index]
    if (run !== undefined) expectGreen(azure, run, ['eastus'], [`${REPOSITORY}:${tag}`])
  }
  expect(await leftInTemp()).toEqual([])
  // Of the registry the user is signed out, as they left it; of others still signed in.
  expect(JSON.parse(await userConfig())).toEqual(JSON.parse(CONFIG))
})
