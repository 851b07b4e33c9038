import { createServer, type Server } from 'node:http'
import { type AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { type ScenarioInput } from '../../emulator/scenario.ts'
import { type RunOptions } from '../support/runner.ts'
import { azurePerTest } from '../support/step/azure.ts'
import { notes, runStep } from '../support/step/run-step.ts'
import '../support/long-timeout.ts'

const SHA = 'a'.repeat(40)
const IMAGE = 'public/products/web:1.2'

interface Posted {
  readonly path: string
  readonly authorization: string | undefined
  readonly state: string
  readonly context: string
  readonly description: string
}

/** GitHub's API, as far as commit statuses go. */
let api: Server
/** 0 = it never answers. */
let answer: number
const posted: Posted[] = []

beforeAll(async () => {
  api = createServer((request, response) => {
    let text = ''
    request.on('data', chunk => (text += String(chunk)))
    request.on('end', () => {
      const { state, context, description } = JSON.parse(text) as Pick<Posted, 'state' | 'context' | 'description'>
      posted.push({
        path: request.url ?? '',
        authorization: request.headers.authorization,
        state,
        context,
        description,
      })
      if (answer === 0) return
      response.writeHead(answer, { 'content-type': 'application/json' }).end('{}')
    })
  })
  await new Promise<void>(resolve => api.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  api.closeAllConnections()
  await new Promise(resolve => api.close(resolve))
})
beforeEach(() => {
  answer = 201
  posted.length = 0
})

describe('commit statuses', () => {
  const newAzure = azurePerTest()
  /** Waits for an image that nobody pushed, which is red at once and needs no engine. */
  const run = async (
    inputs: Readonly<Record<string, string>>,
    { scenario, ...more }: { scenario?: ScenarioInput } & Pick<RunOptions, 'signalAfter'> = {},
  ) =>
    runStep(await newAzure(scenario), {
      ...more,
      inputs: { image: IMAGE, registry: 'contoso', regions: 'eastus, canadacentral', push: 'false', ...inputs },
      env: {
        GITHUB_API_URL: `http://127.0.0.1:${(api.address() as AddressInfo).port}`,
        GITHUB_REPOSITORY: 'contoso/web',
        GITHUB_SHA: SHA,
      },
    })

  test('are pending for every region first, then what came of it', async () => {
    const { exitCode, outputs } = await run({ 'commit-status': 'true', 'github-token': 'ghs_canary' })
    expect([exitCode, outputs['ready']]).toEqual([1, 'false'])
    // Those of one moment are sent side by side.
    const seen = posted.map(({ state, context }) => `${context}: ${state}`)
    expect([seen.slice(0, 2).sort(), seen.slice(2).sort()]).toEqual([
      ['acr-geo-push / canadacentral: pending', 'acr-geo-push / eastus: pending'],
      ['acr-geo-push / canadacentral: failure', 'acr-geo-push / eastus: failure'],
    ])
    expect(new Set(posted.map(({ path }) => path))).toEqual(new Set([`/repos/contoso/web/statuses/${SHA}`]))
    expect(posted[0]?.authorization).toContain('ghs_canary')
  })

  test('that cannot be set are one warning and change nothing', async () => {
    answer = 403
    const result = await run({ 'commit-status': 'true', 'github-token': 'ghs_canary' })
    expect(notes(result, 'warning')).toEqual([expect.stringContaining('statuses: write')])
    expect(result.stdout.replace(/::add-mask::.*/g, '')).not.toContain('ghs_canary')
    expect(notes(result, 'error').at(-1)).toContain('has no image')
  })

  describe('at a GitHub that never answers', () => {
    const STATUSES = { 'commit-status': 'true', 'github-token': 'ghs_canary' }
    /** Replicas are waited for that are never ready. */
    const WAITING = { ...STATUSES, 'wait-for': 'replica', digest: `sha256:${'b'.repeat(64)}` }
    const scenario = { replicas: ['eastus', 'canadacentral'].map(location => ({ location, displayStatus: 'Syncing' })) }
    beforeEach(() => void (answer = 0))

    test('do not keep the run long after its deadline', async () => {
      const result = await run({ ...WAITING, timeout: '4s' }, { scenario })
      expect(result).toMatchObject({ exitCode: 1, orphans: [] })
      expect(result.ms).toBeLessThan(4_000 + 7_000)
      expect(result.summary).toMatch(/0 of 2 regions are ready/)
    })

    test('do not keep a cancelled run', async () => {
      const result = await run(WAITING, { scenario, signalAfter: { line: /eastus: replica Succeeded, Syncing/ } })
      // A runner would have sent SIGTERM after 7.5 seconds.
      expect(result).toMatchObject({ exitCode: 130, signal: null, orphans: [] })
      expect(result.ms).toBeLessThan(6_000)
      expect(result.summary).toMatch(/0 of 2 regions are ready/)
      expect(posted.map(({ state }) => state)).toContain('failure')
    })
  })

  test('are nobody’s business unless asked for', async () => {
    await run({ 'github-token': 'ghs_canary' })
    expect(posted).toEqual([])
  })

  test('need a token, before anything else happens', async () => {
    const { exitCode, annotations, requests } = await run({ 'commit-status': 'true' })
    expect(exitCode).toBe(1)
    expect(annotations.map(({ message }) => message)).toEqual([expect.stringContaining("'github-token' is missing")])
    expect(requests).toEqual([])
  })
})
