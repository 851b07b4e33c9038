import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { falseClaims } from '../__tests__/faults/truth.ts'
import { startQuickAzure } from '../__tests__/support/step/quick-azure.ts'
import { dockerUser } from '../__tests__/support/step/docker-user.ts'
import { pushImage } from '../__tests__/support/step/push-image.ts'
import { type StepRun } from '../__tests__/support/step/run-step.ts'
import { type Emulator } from '../emulator/index.ts'
import { seededRandom } from '../emulator/random.ts'
import { ensureEngine } from '../scripts/engine/ensure-engine.ts'
import { keep, type SoakFigures } from './figures.ts'
import { randomTrouble } from './trouble.ts'

/** Two, so that a push moves the tag. */
const IMAGES = ['bench/soak:1', 'bench/soak:2']
/** Deadline of a run, seconds, and what a run may take beyond it: to start, to say the last word and to end. */
const TIMEOUT = 6
const GRACE = 5

type Tally = { -readonly [K in keyof SoakFigures]: SoakFigures[K] }

/** Runs the step again and again against one local Azure in which something else goes wrong each time. Ends with 1 at any false green, hang or leak. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '500' },
      seed: { type: 'string', default: '1' },
      minutes: { type: 'string', default: '60' },
    },
  })
  const random = seededRandom(Number(values.seed))
  await using cleanUp = new AsyncDisposableStack()
  const engine = await ensureEngine({ store: 'classic' })
  cleanUp.defer(() => engine.stop())
  Object.assign(process.env, engine.env)
  const user = dockerUser(engine)
  for (const image of IMAGES) {
    await user.build(image)
    cleanUp.defer(() => user.forget(image))
  }
  // A folder for temporary files of our own: what is in it is ours.
  const folder = mkdtempSync(join(tmpdir(), 'soak-'))
  cleanUp.defer(() => rmSync(folder, { recursive: true }))
  process.env['TMPDIR'] = folder
  const azure = await startQuickAzure({ replicas: [{ location: 'eastus' }, { location: 'canadacentral' }] })
  cleanUp.defer(() => azure.stop())
  const [first = ''] = IMAGES
  await pushImage(azure, first, ['eastus', 'canadacentral'])

  const tally = emptyTally(Number(values.seed))
  const end = Date.now() + Number(values.minutes) * 60_000
  const runs = Number(values.runs)
  let warm: ReturnType<typeof resources> | undefined
  while (tally.runs < runs && Date.now() < end) {
    await oneRun(azure, random, tally)
    if (warm === undefined && tally.runs >= Math.min(30, runs / 10)) warm = resources()
    if (tally.runs % 25 === 0) console.log(`${tally.runs} runs: ${tally.green} green, ${tally.red} red`)
  }
  const now = resources()
  for (const kind of ['openFiles', 'heapMegabytes', 'temporaryFiles'] as const)
    tally[kind] = [warm?.[kind] ?? 0, now[kind]]
  console.log(JSON.stringify(tally, null, 2))
  await keep({ soak: tally })
  if (tally.falseGreens + tally.overdue + tally.orphans + tally.leftovers > 0) process.exitCode = 1
}

/** One run in trouble, which ends with the run. What a run created goes with it, so that the next finds the same Azure. */
async function oneRun(azure: Emulator, random: () => number, tally: Tally): Promise<void> {
  const trouble = randomTrouble(random)
  const pushes = random() < 0.25
  const heal = [...trouble.faults.map(fault => azure.addFault(fault)), ...trouble.changes.map(change => change(azure))]
  const run = await pushImage(
    azure,
    IMAGES[random() < 0.5 ? 0 : 1] ?? '',
    trouble.regions,
    { timeout: `${TIMEOUT}s`, ...(pushes ? {} : { push: 'false', 'source-image': '' }), 'wait-for': trouble.waitFor },
    trouble.cancelAfter === undefined ? {} : { signalAfter: { ms: trouble.cancelAfter, signal: trouble.signal } },
  )
  count(tally, azure, run, pushes, trouble.waitFor)
  heal.forEach(undo => undo())
  for (const region of ['japaneast', 'uksouth']) azure.tamper.removeReplica(region)
}

function count(tally: Tally, azure: Emulator, run: StepRun, pushes: boolean, waitFor: string): void {
  const lies = falseClaims(azure, run, waitFor)
  const seconds = run.ms / 1000
  tally.runs++
  if (pushes) tally.pushes++
  if (run.exitCode === 0) tally.green++
  else if (run.conclusion === 'cancelled') tally.cancelled++
  else tally.red++
  if (lies.length > 0) tally.falseGreens++
  const overdue = seconds > TIMEOUT + GRACE || run.exitCode === null
  if (overdue) tally.overdue++
  if (lies.length > 0 || overdue || run.orphans.length + run.leftovers.length > 0)
    console.log(
      `RUN ${tally.runs}: ${lies.join('; ')} ${seconds} s ${run.orphans.join()} ${run.leftovers.join()}\n${run.log}`,
    )
  tally.longestSeconds = Math.max(tally.longestSeconds, Math.round(seconds * 10) / 10)
  tally.retries += run.log.match(/: attempt \d+ of \d+ failed: /g)?.length ?? 0
  tally.requests += run.requests.length
  tally.orphans += run.orphans.length
  tally.leftovers += run.leftovers.length
  azure.requests.length = 0
}

function resources() {
  globalThis.gc?.()
  return {
    openFiles: readdirSync('/proc/self/fd').length,
    heapMegabytes: Math.round(process.memoryUsage().heapUsed / 2 ** 20),
    temporaryFiles: readdirSync(tmpdir()).length,
  }
}

function emptyTally(seed: number): Tally {
  const nothing = { runs: 0, pushes: 0, green: 0, red: 0, cancelled: 0, falseGreens: 0, overdue: 0, longestSeconds: 0 }
  const none: readonly [number, number] = [0, 0]
  const left = { retries: 0, requests: 0, orphans: 0, leftovers: 0 }
  return { seed, ...nothing, ...left, openFiles: none, heapMegabytes: none, temporaryFiles: none }
}

await main()
