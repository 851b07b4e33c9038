import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { falseClaims } from '../__tests__/faults/truth.ts'
import { dockerUser } from '../__tests__/support/step/docker-user.ts'
import { startNeighbour } from '../__tests__/support/step/neighbour.ts'
import { pushImage } from '../__tests__/support/step/push-image.ts'
import { startQuickAzure } from '../__tests__/support/step/quick-azure.ts'
import { type StepRun } from '../__tests__/support/step/run-step.ts'
import { type Emulator } from '../emulator/index.ts'
import { seededRandom } from '../emulator/random.ts'
import { type OwnEngine, startOwnEngine } from '../scripts/engine/ensure-engine.ts'
import { keep, type NeighbourFigures } from './figures.ts'

const IMAGE = 'bench/neighbour:1'
const REGIONS = ['eastus', 'canadacentral']
/** Seconds: the registry takes its time, so that restarts find the step at work. */
const SLOW_ANSWER = 0.4

type Tally = { -readonly [K in keyof NeighbourFigures]: NeighbourFigures[K] }

/**
 * Pushes again and again, each time a new image under the same tag, while another job of the same user signs docker in and out and restarts the
 * engine at random moments. Ends with 1 when a push failed, claimed what is not so or left something behind.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { runs: { type: 'string', default: '40' }, seed: { type: 'string', default: '1' } },
  })
  const seed = Number(values.seed)
  const random = seededRandom(seed)
  const figures: NeighbourFigures[] = []
  for (const store of ['classic', 'containerd'] as const) {
    const found = await beside(store, Number(values.runs) / 2, random)
    console.log(JSON.stringify(found))
    figures.push({ ...found, seed })
  }
  await keep({ neighbour: figures })
  if (figures.some(({ green, pushes, falseClaims, left }) => green < pushes || falseClaims + left > 0))
    process.exitCode = 1
}

async function beside(store: NeighbourFigures['store'], pushes: number, random: () => number): Promise<Tally> {
  await using cleanUp = new AsyncDisposableStack()
  const slow = (method: string, path: string) =>
    ({ match: { service: 'registry', method, path }, action: { stall: SLOW_ANSWER } }) as const
  const azure = await startQuickAzure({
    replicas: REGIONS.map(location => ({ location })),
    faults: [slow('PATCH', '/blobs/uploads/'), slow('PUT', '/blobs/uploads/'), slow('PUT', '/manifests/')],
  })
  cleanUp.defer(() => azure.stop())
  const engine = await startOwnEngine({ store, caFile: azure.ready.bundleFile })
  cleanUp.defer(() => engine.stop())
  const tally: Tally = {
    store,
    seed: 0,
    pushes: 0,
    green: 0,
    falseClaims: 0,
    restarts: 0,
    signOuts: 0,
    disturbed: 0,
    retries: 0,
    mostAttempts: 0,
    longestSeconds: 0,
    left: 0,
  }
  while (tally.pushes < pushes) {
    await dockerUser(engine).build(IMAGE, 3)
    await onePush(azure, engine, random, tally)
  }
  return tally
}

async function onePush(azure: Emulator, engine: OwnEngine, random: () => number, tally: Tally): Promise<void> {
  const neighbour = await startNeighbour(azure, engine, REGIONS)
  let ended = false
  const restarting = (async () => {
    // At most three: a neighbour who never stops leaves nobody an engine.
    for (let nth = 0; nth < 3; nth++) {
      await sleep(random() * 3000)
      if (ended) return
      tally.restarts++
      await engine.halt(random() < 0.5 ? 'SIGTERM' : 'SIGKILL')
      await sleep(random() * 2000)
      await engine.resume()
    }
  })()
  const run = await pushImage(azure, IMAGE, REGIONS, {}, { env: neighbour.env })
  ended = true
  await restarting
  const { rounds, intrusions } = await neighbour.stop()
  count(tally, run, falseClaims(azure, run), intrusions.length)
  tally.signOuts += rounds
  azure.requests.length = 0
}

function count(tally: Tally, run: StepRun, lies: readonly string[], intrusions: number): void {
  const failed = [...run.log.matchAll(/: attempt (\d+) of \d+ failed: /g)].map(([, attempt]) => Number(attempt))
  const left = run.leftovers.length + run.orphans.length + intrusions
  tally.pushes++
  if (run.exitCode === 0) tally.green++
  if (failed.length > 0) tally.disturbed++
  tally.falseClaims += lies.length
  tally.left += left
  tally.retries += failed.length
  tally.mostAttempts = Math.max(tally.mostAttempts, 1 + Math.max(0, ...failed))
  tally.longestSeconds = Math.max(tally.longestSeconds, Math.round(run.ms / 100) / 10)
  if (run.exitCode !== 0 || lies.length + left > 0) console.log(`PUSH ${tally.pushes}: ${lies.join('; ')}\n${run.log}`)
}

await main()
