import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Emulator } from '../../emulator/index.ts'
import { type Engine, ensureEngine } from '../../scripts/engine/ensure-engine.ts'
import { saveImage } from '../support/saved-image.ts'
import { NEVER, startQuickAzure } from '../support/step/azure.ts'
import { dockerUser, type DockerUser } from '../support/step/docker-user.ts'
import { expectGreen, expectRed } from '../support/step/expect-green.ts'
import { partialDocker } from '../support/step/partial-docker.ts'
import { manifestsPut, replicasRequested } from '../support/step/requests.ts'
import { notes, replicaOf, runStep } from '../support/step/run-step.ts'

const STORY = ['eastus', 'canadacentral', 'westeurope', 'japaneast']
const INDEX = 'application/vnd.oci.image.index.v1+json'

interface Index {
  readonly mediaType: string
  readonly manifests: readonly { digest: string; annotations?: Record<string, string> }[]
}

/** The engine has to know the certificate authority when it starts, so all tests share one local Azure. */
let azure: Emulator
let engine: Engine
let user: DockerUser
beforeAll(async () => {
  azure = await startQuickAzure({ timing: { default: { children: 0.2 } } })
  engine = await ensureEngine({ store: 'containerd', caFile: azure.ready.bundleFile })
  user = dockerUser(engine)
})
afterAll(async () => {
  await engine?.stop()
  await azure?.stop()
})

const nameOf = (reference: string) => `${azure.ready.loginServer}/${reference}`
const run = (reference: string, regions: readonly string[], inputs: Record<string, string> = {}, more = {}) =>
  runStep(azure, {
    inputs: { image: nameOf(reference), regions: regions.join('\n'), ...inputs },
    env: engine.env,
    ...more,
  })
const indexOf = (repository: string, digest = '') =>
  JSON.parse(String(azure.truth.manifestBytes('westus', repository, digest))) as Index

describe('with the containerd image store', () => {
  test('an index with its attestation is served by every region before the step is green', async () => {
    await user.build(nameOf('story/web:1.2'), 3)
    const pushed = await saveImage(user.run, nameOf('story/web:1.2'))
    const result = await run('story/web:1.2', STORY)
    expectGreen(azure, result, STORY, ['story/web:1.2'])
    expect(result.annotations).toEqual([])
    expect(replicasRequested(result.requests)).toEqual(['japaneast', 'westeurope'])

    const digest = result.outputs['digest'] ?? ''
    const index = indexOf('story/web', digest)
    expect(index.mediaType).toBe(INDEX)
    expect(index.manifests.map(({ annotations }) => annotations?.['vnd.docker.reference.type'] ?? 'image')).toEqual([
      'image',
      'attestation-manifest',
    ])
    for (const region of STORY) {
      const asked = result.requests
        .filter(({ host, status }) => host === azure.regionalEndpoint(region) && status === 200)
        .map(({ method, path }) => `${method} ${path}`)
      for (const child of index.manifests) expect(asked).toContain(`GET /v2/story/web/manifests/${child.digest}`)
    }

    await user.forget(nameOf('story/web:1.2'))
    const pulled = await user.pullFromEach(azure, STORY, `story/web@${digest}`)
    expect(pulled.map(({ region, image }) => ({ region, image }))).toEqual(
      STORY.map(region => ({ region, image: pushed })),
    )
    for (const { blobs } of pulled) expect(blobs).toBeGreaterThanOrEqual(pushed.layers.length)
  })

  test('the same tag with other content is red until the last region serves it', async () => {
    const regions = ['eastus', 'canadacentral']
    await user.build(nameOf('again/web:1.2'))
    const first = await run('again/web:1.2', regions)
    expectGreen(azure, first, regions, ['again/web:1.2'])
    const old = first.outputs['digest'] ?? ''

    azure.update(scenario => (scenario.timing['canadacentral'] = { tags: NEVER }))
    await user.build(nameOf('again/web:1.2'))
    const red = await run('again/web:1.2', regions, { timeout: '5s' })
    expectRed(red, ['canadacentral'])
    expect(replicaOf(red, 'canadacentral')).toMatchObject({ digest: old, ready: false })
    expect(replicaOf(red, 'canadacentral').detail).toContain(`still serves ${old}`)

    azure.update(scenario => delete scenario.timing['canadacentral'])
    azure.tamper.setTag('canadacentral', 'again/web', '1.2', red.outputs['digest'])
    const green = await run('again/web:1.2', regions)
    expectGreen(azure, green, regions, ['again/web:1.2'])
    expect(green.outputs['digest']).toBe(red.outputs['digest'])
    expect(green.outputs['digest']).not.toBe(old)
  })

  test('a region that lacks the attestation alone is not green', async () => {
    azure.update(scenario => (scenario.losses = [{ region: 'eastus', repository: 'lost/web', kind: 'child', nth: 1 }]))
    await user.build(nameOf('lost/web:1.2'))
    const result = await run('lost/web:1.2', ['westus', 'eastus'], { timeout: '5s' })
    expectRed(result, ['eastus'])
    expect(replicaOf(result, 'eastus').detail).toMatch(/2 of 3 manifests/)
  })

  describe('when one platform is pushed instead of the index', () => {
    const ONE = 'partial/one:1'
    const push = async (reference: string, inputs: Record<string, string> = {}) => {
      await user.build(nameOf(reference))
      const partial = await partialDocker(engine.env, ONE)
      try {
        return await run(reference, ['eastus'], inputs, { env: { ...engine.env, PATH: partial.path } })
      } finally {
        await partial.remove()
      }
    }
    beforeAll(async () => {
      // Without an attestation beside it, an image is no index.
      const plain = { ...engine, env: { ...engine.env, BUILDX_NO_DEFAULT_ATTESTATIONS: '1' } }
      await dockerUser(plain).build(ONE)
    })

    test('that is an error, however well docker ends', async () => {
      const result = await push('partial/web:1.2')
      expect(result).toMatchObject({ exitCode: 1, leftovers: [], orphans: [] })
      expect(manifestsPut(result.requests).at(-1)?.status).toBe(201)
      expect(notes(result, 'error').join('\n')).toMatch(/platform/)
      expect(result.outputs).toMatchObject({ ready: 'false', 'pending-regions': 'eastus' })
    })

    test('that is fine where the workflow names the platform', async () => {
      const result = await push('partial/named:1.2', { platform: 'linux/amd64' })
      expectGreen(azure, result, ['eastus'], ['partial/named:1.2'])
      expect(indexOf('partial/named', result.outputs['digest']).mediaType).not.toBe(INDEX)
    })
  })
})
