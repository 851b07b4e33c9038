import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Emulator, type Fault } from '../../emulator/index.ts'
import { type OwnEngine, startOwnEngine } from '../../scripts/engine/ensure-engine.ts'
import { eventually } from '../support/eventually.ts'
import { startQuickAzure } from '../support/step/azure.ts'
import { dockerUser } from '../support/step/docker-user.ts'
import { expectGreen } from '../support/step/expect-green.ts'
import { startNeighbour } from '../support/step/neighbour.ts'
import { pushImage, REFERENCE } from '../support/step/push-image.ts'
import { retriesIn, stepError } from './judge.ts'
import { BLOB_UNKNOWN, once, PUT_MANIFEST, SEND_BLOB } from './places.ts'
import { REGIONS } from './row.ts'
import { falseClaims } from './truth.ts'

const IMAGE = 'neighbour/web:1.2'
const PUSH = /^Push of contoso/
const DISCOVERY = /^Docker engine$/
/** The engine is gone before docker has the answer. The containerd store sends a layer by PUT. */
const SLOW = { stall: 3 }
const SEND_BLOB_AT_ONCE: Fault['match'] = { ...SEND_BLOB, method: 'PUT' }

/** What happens to the engine meanwhile. */
type Plot = (scene: Scene) => Promise<void>

interface Scene {
  readonly engine: OwnEngine
  /** Resolves when a line of the log matches. */
  readonly said: (line: RegExp) => Promise<void>
  /** Resolves when the registry has answered so many requests of docker's first push. */
  readonly answered: (count: number, method: string) => Promise<void>
}

/** Runs the step, while a plot goes on beside it; gives what came of both. */
async function pushDuring<T>(
  azure: Emulator,
  engine: OwnEngine,
  env: Readonly<Record<string, string>>,
  plot: (scene: Scene) => Promise<T>,
) {
  const lines: string[] = []
  let ended = false
  const until = (holds: () => boolean) => eventually(() => ended || holds())
  // Before its push the step itself begins an upload, to see whether it may.
  let pushStarted: number | undefined
  const onLine = (line: string) => {
    lines.push(line)
    if (/\] docker push contoso/.test(line)) pushStarted ??= azure.requests.length
  }
  const scene: Scene = {
    engine,
    said: line => until(() => lines.some(said => line.test(said))),
    answered: (count, method) => {
      const isUpload = (request: { method: string; path: string }) =>
        request.method === method && request.path.includes('/blobs/uploads/')
      return until(
        () => pushStarted !== undefined && azure.requests.slice(pushStarted).filter(isUpload).length >= count,
      )
    },
  }
  return Promise.all([pushImage(azure, IMAGE, REGIONS, {}, { env, onLine }).finally(() => (ended = true)), plot(scene)])
}

/** The same beside a neighbour, whose configuration is as the neighbour left it, time and again. */
async function pushBeside(azure: Emulator, engine: OwnEngine, plot: Plot) {
  const neighbour = await startNeighbour(azure, engine, ['westus', ...REGIONS])
  const [run] = await pushDuring(azure, engine, neighbour.env, plot)
  const { rounds, intrusions } = await neighbour.stop()
  expect(rounds).toBeGreaterThan(1)
  expect(intrusions).toEqual([])
  return run
}

interface Case {
  readonly when: string
  readonly store: 'classic' | 'containerd'
  readonly faults?: readonly Fault[]
  readonly plot: Plot
  /** What is tried again, why, and how often at least. */
  readonly retried: readonly [what: RegExp, why: RegExp, times: number]
}

const whileSending =
  (how: 'SIGTERM' | 'SIGKILL') =>
  async ({ engine, answered }: Scene) => {
    await answered(1, 'POST')
    await engine.halt(how)
    await engine.resume()
  }
const whileStoring = async ({ engine, answered }: Scene) => {
  await answered(3, 'PUT')
  await sleep(300)
  await engine.halt('SIGKILL')
  await engine.resume()
}
const beforeTheStep = async ({ engine, said }: Scene) => {
  await said(/Docker engine: attempt 1 of 5 failed/)
  await engine.resume()
}
const betweenAttempts = async ({ engine, said }: Scene) => {
  await said(/Push of .*: attempt 1 of 5 failed/)
  await engine.halt('SIGKILL')
  await said(/Push of .*: attempt 2 of 5 failed/)
  await engine.resume()
}

const CASES: readonly Case[] = [
  {
    when: 'before the step looks for it',
    store: 'classic',
    plot: beforeTheStep,
    retried: [DISCOVERY, /No Docker engine answers: Cannot connect to the Docker daemon/, 1],
  },
  {
    when: 'while a layer is sent, in order',
    store: 'classic',
    faults: [once(SEND_BLOB, SLOW)],
    plot: whileSending('SIGTERM'),
    retried: [PUSH, /docker push \S+ failed: unexpected EOF/, 1],
  },
  {
    when: 'while the manifest is stored, by a crash',
    store: 'classic',
    faults: [once(PUT_MANIFEST, SLOW)],
    plot: whileStoring,
    retried: [PUSH, /docker push \S+ failed: unexpected EOF/, 1],
  },
  {
    when: 'between two attempts',
    store: 'classic',
    faults: [once(PUT_MANIFEST, BLOB_UNKNOWN)],
    plot: betweenAttempts,
    retried: [PUSH, /attempt 2 of 5 failed: The Docker engine went away during the push: .*Cannot connect/, 2],
  },
  {
    when: 'while a layer is sent, by a crash',
    store: 'containerd',
    faults: [once(SEND_BLOB_AT_ONCE, SLOW)],
    plot: whileSending('SIGKILL'),
    retried: [PUSH, /docker push \S+ failed: unexpected EOF/, 1],
  },
]

/** An engine is lost during a push and never comes back; another run comes when it is gone already. Both wait more than they work. */
async function runWithoutEngine() {
  await using cleanUp = new AsyncDisposableStack()
  const azure = await startQuickAzure({
    replicas: REGIONS.map(location => ({ location })),
    faults: [once(SEND_BLOB, SLOW)],
  })
  cleanUp.defer(() => azure.stop())
  const engine = await startOwnEngine({ store: 'classic' })
  cleanUp.defer(() => engine.stop())
  await dockerUser(engine).build(IMAGE)
  const [lost, never] = await pushDuring(azure, engine, engine.env, async ({ answered }) => {
    await answered(1, 'POST')
    await engine.halt('SIGKILL')
    return pushImage(azure, IMAGE, REGIONS, {}, { env: engine.env })
  })
  return { lost, never, lies: [lost, never].flatMap(run => falseClaims(azure, run)) }
}
let withoutEngine: ReturnType<typeof runWithoutEngine>
beforeAll(() => {
  withoutEngine = runWithoutEngine()
  // The tests that need it hear of a failure.
  withoutEngine.catch(() => undefined)
})
afterAll(() =>
  withoutEngine.then(
    () => undefined,
    () => undefined,
  ),
)

describe.each(['classic', 'containerd'] as const)(
  'another job signs docker out and restarts the engine (%s)',
  store => {
    let azure: Emulator
    let engine: OwnEngine
    beforeAll(async () => {
      azure = await startQuickAzure({ replicas: REGIONS.map(location => ({ location })) })
      engine = await startOwnEngine({ store, caFile: azure.ready.bundleFile })
    })
    afterAll(async () => {
      await engine?.stop()
      await azure?.stop()
    })

    // Each builds a new image under the same name: a tag that still leads to the one before is a lie.
    test.each(CASES.filter(candidate => candidate.store === store))('$when', async ({ faults = [], plot, retried }) => {
      await dockerUser(engine).build(IMAGE)
      if (plot === beforeTheStep) await engine.halt('SIGTERM')
      const heal = faults.map(fault => azure.addFault(fault))
      const run = await pushBeside(azure, engine, plot)
      heal.forEach(undo => undo())
      expectGreen(azure, run, REGIONS, [REFERENCE])
      expect(falseClaims(azure, run)).toEqual([])
      const [what, why, times] = retried
      expect(run.log).toMatch(why)
      expect(retriesIn(run, what).length).toBeGreaterThanOrEqual(times)
    })
  },
)

describe('an engine that does not come back', () => {
  test.each([
    ['never', 12, DISCOVERY, /^No Docker engine answers: Cannot connect to .* Start the Docker engine on this runner/],
    ['lost', 45, PUSH, /^The Docker engine went away during the push: .*Cannot connect to .* Start it again/],
  ] as const)('%s: red within %d s, saying so', async (which, seconds, what, says) => {
    const { [which]: run, lies } = await withoutEngine
    expect({ exitCode: run.exitCode, log: run.log }).toEqual({ exitCode: 1, log: expect.any(String) })
    expect(run).toMatchObject({ conclusion: 'failure', leftovers: [], orphans: [], stderr: '' })
    expect(stepError(run)).toMatch(says)
    expect(retriesIn(run, what)).toEqual([1, 2, 3, 4].map(attempt => ({ attempt, of: 5 })))
    expect(run.ms).toBeLessThan(seconds * 1000)
    expect(run.outputs).toMatchObject({ ready: 'false', 'ready-regions': '', 'pending-regions': REGIONS.join() })
    expect(lies).toEqual([])
  })
})
