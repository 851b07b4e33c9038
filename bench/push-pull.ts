import { parseArgs } from 'node:util'
import { dockerUser, type DockerUser } from '../__tests__/support/step/docker-user.ts'
import { runStep } from '../__tests__/support/step/run-step.ts'
import { saveImage } from '../__tests__/support/saved-image.ts'
import { type Emulator, startEmulator } from '../emulator/index.ts'
import { seededRandom } from '../emulator/random.ts'
import { ensureEngine } from '../scripts/engine/ensure-engine.ts'

const REGIONS = ['westus', 'eastus', 'canadacentral', 'westeurope', 'japaneast']
const REPOSITORY = 'public/products/web'
const TAG = '1.2'

/** One push, and what every region handed out right after green. */
interface Round {
  /** Seconds. */
  readonly step: number
  readonly pulls: number
  /** Why it counts as failed. */
  readonly failure?: string
}

/**
 * Pushes a new image under the same tag again and again, to replicas that lag by a random time, and pulls it from every region the moment the step
 * is green: in turn by tag and by digest, every byte anew. Ends with 1 when a single pull failed or brought something else.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { runs: { type: 'string', default: '50' }, seed: { type: 'string', default: '1' } },
  })
  const random = seededRandom(Number(values.seed))
  await using cleanUp = new AsyncDisposableStack()
  const azure = await startEmulator({ replicas: REGIONS.slice(1).map(location => ({ location })) })
  cleanUp.defer(() => azure.stop())
  const engine = await ensureEngine({ store: 'classic' })
  cleanUp.defer(() => engine.stop())
  Object.assign(process.env, engine.env)
  const user = dockerUser(engine)

  const rounds: Round[] = []
  for (let nth = 1; nth <= Number(values.runs); nth++) {
    lagAtRandom(azure, random)
    const round = await pushAndPull(azure, user, nth)
    rounds.push(round)
    const how = round.failure === undefined ? 'ok' : `FAILED: ${round.failure}`
    console.log(`run ${nth}: step ${round.step.toFixed(1)} s, pulls ${round.pulls.toFixed(1)} s, ${how}`)
  }
  report(rounds)
  if (rounds.some(({ failure }) => failure !== undefined)) process.exitCode = 1
}

/** Every region gets blobs, manifests and tags late by up to a second each. */
function lagAtRandom(azure: Emulator, random: () => number): void {
  azure.update(scenario => {
    for (const region of REGIONS) {
      scenario.timing[region] = { blobs: random(), manifests: random(), tags: random() }
    }
  })
}

async function pushAndPull(azure: Emulator, user: DockerUser, nth: number): Promise<Round> {
  const image = `${azure.ready.loginServer}/${REPOSITORY}:${TAG}`
  await user.build(image, 3)
  const pushed = await saveImage(user.run, image)
  const started = performance.now()
  const { exitCode, outputs, log } = await runStep(azure, { inputs: { image, regions: REGIONS.join() } })
  const green = performance.now()
  const round = (failure?: string): Round => ({
    step: (green - started) / 1000,
    pulls: (performance.now() - green) / 1000,
    ...(failure === undefined ? {} : { failure }),
  })
  await user.forget(image)
  if (exitCode !== 0) return round(`the step ended with ${exitCode}:\n${log}`)
  const name = nth % 2 === 0 ? `${REPOSITORY}@${outputs['digest']}` : `${REPOSITORY}:${TAG}`
  try {
    // Another region first every time.
    const order = [...REGIONS.slice(nth % REGIONS.length), ...REGIONS.slice(0, nth % REGIONS.length)]
    const pulled = await user.pullFromEach(azure, order, name)
    const wrong = pulled.filter(({ image: got }) => JSON.stringify(got) !== JSON.stringify(pushed))
    return round(wrong.length > 0 ? `other bytes from ${wrong.map(({ region }) => region).join(', ')}` : undefined)
  } catch (error) {
    return round(error instanceof Error ? error.message : String(error))
  }
}

function report(rounds: readonly Round[]): void {
  const failed = rounds.filter(({ failure }) => failure !== undefined).length
  const line = (what: string, seconds: readonly number[]) => {
    const sorted = seconds.toSorted((a, b) => a - b)
    const at = (share: number) => (sorted[Math.ceil(share * sorted.length) - 1] ?? 0).toFixed(2)
    console.log(`${what}: median ${at(0.5)} s, 95 % within ${at(0.95)} s, longest ${at(1)} s`)
  }
  console.log(`\n${rounds.length} pushes, ${rounds.length * REGIONS.length} pulls, ${failed} runs failed`)
  line(
    'push to green',
    rounds.map(({ step }) => step),
  )
  line(
    `pull from ${REGIONS.length} regions, one after the other`,
    rounds.map(({ pulls }) => pulls),
  )
}

await main()
