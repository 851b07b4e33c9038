import { parseArgs } from 'node:util'
import { falseClaims } from '../__tests__/faults/truth.ts'
import { startQuickAzure } from '../__tests__/support/step/quick-azure.ts'
import { dockerUser } from '../__tests__/support/step/docker-user.ts'
import { pushImage } from '../__tests__/support/step/push-image.ts'
import { ensureEngine } from '../scripts/engine/ensure-engine.ts'
import { keep, type PushFigures } from './figures.ts'

const IMAGE = 'bench/push-retries:1'
const REGION = 'eastus'

/**
 * Pushes the same image again and again to a login server that answers a share of the manifest PUTs with MANIFEST_BLOB_UNKNOWN, as a replica does
 * that was not given the layers (Azure/acr#588). Regional endpoints are off: every further attempt has the same odds.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { runs: { type: 'string', default: '200' } } })
  await using cleanUp = new AsyncDisposableStack()
  const engine = await ensureEngine({ store: 'classic' })
  cleanUp.defer(() => engine.stop())
  Object.assign(process.env, engine.env)
  const user = dockerUser(engine)
  await user.build(IMAGE)
  cleanUp.defer(() => user.forget(IMAGE))
  const figures: PushFigures[] = []
  for (const bouncing of [0.1, 0.5]) {
    const found = await pushMany(bouncing, Number(values.runs))
    figures.push(found)
    const attempts = found.byAttempts.map((count, nth) => `${count} after ${nth + 1}`).join(', ')
    console.log(`${bouncing * 100} % bouncing: ${found.pushes} pushes, ${attempts}, ${found.failed} failed`)
  }
  await keep({ pushRetries: figures })
}

async function pushMany(bouncing: number, pushes: number): Promise<PushFigures> {
  const azure = await startQuickAzure({
    seed: 1,
    replicas: [{ location: REGION }],
    registry: { regionalEndpoints: 'Disabled' },
    faults: [
      {
        match: { service: 'registry', method: 'PUT', path: '/manifests/' },
        probability: bouncing,
        action: {
          status: 400,
          body: { errors: [{ code: 'MANIFEST_BLOB_UNKNOWN', message: 'manifest blob unknown to registry' }] },
        },
      },
    ],
  })
  const byAttempts = [0, 0, 0, 0, 0]
  let failed = 0
  const one = async () => {
    const run = await pushImage(azure, IMAGE, [REGION], { 'wait-for': 'replica', timeout: '3m' })
    const lies = falseClaims(azure, run)
    if (lies.length > 0) throw new Error(`${lies.join('; ')}\n${run.log}`)
    const attempt = run.log.match(/\] docker push /g)?.length ?? 0
    if (run.exitCode !== 0) failed++
    else byAttempts[attempt - 1] = (byAttempts[attempt - 1] ?? 0) + 1
  }
  try {
    const lanes = [0, 1, 2, 3]
    await Promise.all(
      lanes.map(async lane => {
        for (let nth = lane; nth < pushes; nth += lanes.length) await one()
      }),
    )
  } finally {
    await azure.stop()
  }
  return { bouncing, pushes, byAttempts, failed }
}

await main()
