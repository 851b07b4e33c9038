import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { readdirSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Emulator } from '../../emulator/index.ts'
import { type CreationPlot } from '../../emulator/scenario.ts'
import { type SavedImage, saveImage } from '../support/saved-image.ts'
import { azurePerTest, NEVER, startQuickAzure } from '../support/step/azure.ts'
import { dockerUser } from '../support/step/docker-user.ts'
import { expectGreen, expectRed } from '../support/step/expect-green.ts'
import { pushImage, REFERENCE, REPOSITORY } from '../support/step/push-image.ts'
import { hostsUploadedTo, manifestsPut, replicasRequested, writesIn } from '../support/step/requests.ts'
import { notes, replicaOf, runStep, type StepRun } from '../support/step/run-step.ts'

const STORY = ['eastus', 'canadacentral', 'westeurope', 'japaneast']
/** All outputs of the contract but `dry-run-plan`, which only a dry run has. */
const OUTPUTS = [
  'created-replicas',
  'digest',
  'image',
  'image-digest',
  'images',
  'login-server',
  'matrix',
  'pending-regions',
  'ready',
  'ready-regions',
  'replicas',
  'repository',
  'tag',
]

const user = dockerUser()
const startAzure = azurePerTest()

/** One image for all tests that do not care which. */
const COMMON = 'step-push/web:1.2'
beforeAll(() => user.build(COMMON))
afterAll(() => user.forget(COMMON))

/** Pushes the common image to these regions as web:1.2. */
const push = (azure: Emulator, regions: readonly string[], ...more: Tail<Parameters<typeof pushImage>>) =>
  pushImage(azure, COMMON, regions, ...more)
type Tail<T extends unknown[]> = T extends [unknown, unknown, unknown, ...infer Rest] ? Rest : never

/** Line numbers of the first lines that match; each must be there. */
function linesOf({ log }: StepRun, ...patterns: readonly RegExp[]): number[] {
  const lines = log.split('\n')
  return patterns.map(pattern => {
    const found = lines.findIndex(line => pattern.test(line))
    if (found < 0) throw new Error(`no line matches ${pattern} in\n${log}`)
    return found
  })
}

const configOf = (azure: Emulator, repository: string, digest = '') => {
  const bytes = azure.truth.manifestBytes('westus', repository, digest)
  return (JSON.parse(String(bytes)) as { config: { digest: string } }).config.digest
}

describe('the story: four regions, two of them new', () => {
  let azure: Emulator
  let run: StepRun
  let pushed: SavedImage
  let image: string
  beforeAll(async () => {
    azure = await startQuickAzure()
    image = `${azure.ready.loginServer}/${REFERENCE}`
    await user.build(image, 3)
    pushed = await saveImage(user.run, image)
    run = await runStep(azure, { inputs: { image, regions: 'eastus\nCanada Central\nwesteurope\njapaneast\n' } })
  })
  afterAll(() => azure.stop())

  test('right after green every region hands out what was pushed, every byte of it', async () => {
    expectGreen(azure, run, STORY, [REFERENCE])
    await user.forget(image)
    const pulled = await user.pullFromEach(azure, STORY, `${REPOSITORY}@${run.outputs['digest']}`)
    const blobs = pushed.layers.length + 1
    expect(pulled).toEqual(STORY.map(region => ({ region, image: pushed, blobs })))
    for (const region of STORY) {
      expect(azure.truth.replica(region)).toEqual({ provisioningState: 'Succeeded', displayStatus: 'Ready' })
    }
  })

  test('asks for the missing replicas alone, and pushes once, to the login server', () => {
    const { loginServer } = azure.ready
    expect(replicasRequested(run.requests)).toEqual(['japaneast', 'westeurope'])
    expect(manifestsPut(run.requests)).toEqual([{ name: `${loginServer} ${REFERENCE}`, status: 201 }])
    expect(hostsUploadedTo(run.requests)).toEqual([loginServer])
    expect(writesIn(run.requests).filter(write => /^(DELETE|PATCH localhost)/.test(write))).toEqual([])
  })

  test('sets every output of the contract', () => {
    const { loginServer } = azure.ready
    const digest = run.outputs['digest'] ?? ''
    const endpoint = (region: string) => azure.regionalEndpoint(region) ?? 'none'
    const names = ['East US', 'Canada Central', 'West Europe', 'Japan East']
    expect(Object.keys(run.outputs).sort()).toEqual(OUTPUTS)
    expect(run.outputs).toMatchObject({
      image,
      'image-digest': `${loginServer}/${REPOSITORY}@${digest}`,
      'login-server': loginServer,
      repository: REPOSITORY,
      tag: '1.2',
      ready: 'true',
    })
    expect(run.outputs['created-replicas']?.split(',').sort()).toEqual(['japaneast', 'westeurope'])
    expect(run.images).toEqual(Object.fromEntries(STORY.map(region => [region, `${endpoint(region)}/${REFERENCE}`])))
    expect(run.matrix).toEqual({
      include: STORY.map(region => ({
        region,
        image: `${endpoint(region)}/${REFERENCE}`,
        'image-digest': `${endpoint(region)}/${REPOSITORY}@${digest}`,
        endpoint: endpoint(region),
        ready: true,
        proof: 'regional-endpoint',
      })),
    })
    expect(run.replicas).toEqual(
      STORY.map((region, nth) => ({
        region,
        displayName: names[nth],
        home: false,
        created: nth > 1,
        provisioningState: 'Succeeded',
        status: 'Ready',
        ready: true,
        proof: 'regional-endpoint',
        digest,
        image: `${endpoint(region)}/${REFERENCE}`,
        seconds: expect.any(Number),
        detail: expect.stringMatching(/\S/),
      })),
    )
  })

  test('tells it live: registry, plan, push, states with their times, table', () => {
    const { loginServer } = azure.ready
    const found = linesOf(
      run,
      new RegExp(`Registry contoso: Premium, home region westus, login server ${loginServer}`),
      /eastus +East US +replica exists +Succeeded, Ready/,
      /japaneast +Japan East +create the replica/,
      /about USD 100 a month more/,
      /│ 1\.2: digest: sha256:[0-9a-f]{64} size: \d+/,
      /\[ *\d+\.\ds\] japaneast: READY after \d+\.\ds \(proof: regional-endpoint\)/,
      /NAME +LOCATION +PROVISIONING STATE +STATUS/,
      new RegExp(`japaneast +japaneast +Succeeded +Ready .*${azure.regionalEndpoint('japaneast')}/${REFERENCE}`),
    )
    expect(found).toEqual(found.toSorted((a, b) => a - b))
    expect(run.log).toMatch(/│ .*: Pushed/)
    for (const region of ['westeurope', 'japaneast']) {
      expect(run.log).toMatch(new RegExp(`${region}: replica Succeeded, (Syncing|Ready) \\(after \\d+\\.\\ds\\)`))
    }
  })

  test('writes the summary, and lets no token through', () => {
    for (const region of STORY) expect(run.summary).toContain(`${azure.regionalEndpoint(region)}/${REFERENCE}`)
    expect(run.summary).toContain(run.outputs['digest'])
    expect(run.summary).toContain('Japan East')
    // JSON web tokens, of Entra, GitHub and the registry alike, begin like this.
    const raw = run.stdout.replace(/^::add-mask::.*$/gm, '')
    expect(`${raw}${run.summary}${JSON.stringify(run.outputs)}`).not.toMatch(/eyJ[\w-]{20,}/)
  })

  test('does nothing twice: a second run finds all replicas', async () => {
    await user.docker('tag', COMMON, image)
    const first = await runStep(azure, { inputs: { image, regions: STORY.join() } })
    const second = await runStep(azure, { inputs: { image, regions: STORY.join() } })
    for (const again of [first, second]) {
      expectGreen(azure, again, STORY, [REFERENCE])
      expect(replicasRequested(again.requests)).toEqual([])
      expect(again.outputs['created-replicas']).toBe('')
      expect(again.replicas.some(({ created }) => created)).toBe(false)
    }
    expect(second.outputs['digest']).toBe(first.outputs['digest'])
    expect(second.log).toMatch(/Layer already exists/)
  })
})

describe('regions', () => {
  test('become ready in another order than asked; the slow one is waited for', async () => {
    const azure = await startAzure({
      replicas: [{ location: 'eastus' }, { location: 'canadacentral' }, { location: 'westeurope' }],
      timing: { japaneast: { sync: NEVER } },
    })
    const regions = ['japaneast', 'eastus', 'westeurope', 'canadacentral', 'australiaeast']
    const ready = new Set<string>()
    const run = await push(
      azure,
      regions,
      {},
      {
        onLine: line => {
          const region = /(\w+): READY after/.exec(line)?.[1]
          if (region !== undefined) ready.add(region)
          if (ready.size === 4) azure.tamper.setReplica('japaneast', 'Succeeded', 'Ready')
        },
      },
    )
    expectGreen(azure, run, regions, [REFERENCE])
    expect(ready.size).toBe(5)
    expect([...ready].at(-1)).toBe('japaneast')
    expect(replicasRequested(run.requests)).toEqual(['australiaeast', 'japaneast'])
    expect(run.log).toMatch(/japaneast: replica Succeeded, Syncing/)
  })

  test('may have the home region among them', async () => {
    const azure = await startAzure()
    const run = await push(azure, ['West US', 'eastus'])
    expectGreen(azure, run, ['westus', 'eastus'], [REFERENCE])
    expect(replicaOf(run, 'westus')).toMatchObject({ home: true, created: false, displayName: 'West US' })
    expect(replicaOf(run, 'eastus')).toMatchObject({ home: false, created: false })
    expect(replicasRequested(run.requests)).toEqual([])
  })

  test('of a registry without any replica: the home region needs none, and appears by itself with the first one', async () => {
    const azure = await startAzure({ replicas: [] })
    const alone = await push(azure, ['westus'])
    expectGreen(azure, alone, ['westus'], [REFERENCE])
    expect(replicasRequested(alone.requests)).toEqual([])
    expect(azure.truth.replica('westus')).toBeUndefined()
    expect(replicaOf(alone, 'westus')).toMatchObject({ home: true, created: false })

    const both = await push(azure, ['westus', 'eastus'])
    expectGreen(azure, both, ['westus', 'eastus'], [REFERENCE])
    expect(replicasRequested(both.requests)).toEqual(['eastus'])
    expect(both.outputs['created-replicas']).toBe('eastus')
    expect(azure.truth.replica('westus')?.displayStatus).toBe('Ready')
  })

  test('are found by location, whatever their replicas are called and however long the lists are', async () => {
    const azure = await startAzure({
      registry: { label: 'shopfront-b5d7hqazc2' },
      otherRegistries: [{ name: 'fabrikam' }, { name: 'northwind', resourceGroup: 'northwind-rg' }],
      replicas: [{ location: 'eastus', name: 'theFirstOne' }, { location: 'canadacentral' }],
      arm: { pageSize: 1, oddCase: true },
    })
    // The label of the login server is not the registry's name, so neither a host nor a name tells the other.
    const { loginServer } = azure.ready
    expect(loginServer).toMatch(/^shopfront-b5d7hqazc2\.localhost:\d+$/)
    const run = await push(azure, ['eastus', 'canadacentral'])
    expectGreen(azure, run, ['eastus', 'canadacentral'], [REFERENCE])
    expect(replicasRequested(run.requests)).toEqual([])
    expect(run.outputs).toMatchObject({ 'login-server': loginServer, image: `${loginServer}/${REFERENCE}` })
    expect(run.images['eastus']).toMatch(/^shopfront-b5d7hqazc2\.eastus\.geo\.localhost:\d+\//)
    expect(run.log).toContain('Registry contoso')
  })

  test('that the list calls Ready are waited for until they are', async () => {
    const azure = await startAzure({
      replicas: [
        {
          location: 'eastus',
          provisioningState: 'Creating',
          listSays: { provisioningState: 'Succeeded', displayStatus: 'Ready' },
        },
      ],
    })
    let seen = false
    const run = await push(
      azure,
      ['eastus'],
      { 'wait-for': 'replica' },
      {
        onLine: line => {
          if (!/eastus: replica Creating/.test(line)) return
          seen = true
          azure.tamper.setReplica('eastus', 'Succeeded', 'Ready')
        },
      },
    )
    expect({ seen, exitCode: run.exitCode }).toEqual({ seen: true, exitCode: 0 })
    expect(replicasRequested(run.requests)).toEqual([])
  })
})

describe('references', () => {
  test('of several tags and repositories all lead to the image, everywhere', async () => {
    const azure = await startAzure()
    const { loginServer } = azure.ready
    const references = [`${REPOSITORY}:1.2`, `${REPOSITORY}:latest`, 'mirror/web:1.2-rc.1']
    const image = references.map(reference => `${loginServer}/${reference}`)
    const run = await push(azure, ['eastus', 'japaneast'], { image: `${image[0]}\n${image[1]}, ${image[2]}` })
    expectGreen(azure, run, ['eastus', 'japaneast'], references)
    expect(run.outputs).toMatchObject({ image: image[0], repository: REPOSITORY, tag: '1.2' })
    expect(manifestsPut(run.requests).map(({ name }) => name)).toEqual(
      references.map(reference => `${loginServer} ${reference}`),
    )
    expect(run.images['eastus']).toBe(`${azure.regionalEndpoint('eastus')}/${references[0]}`)
  })

  test.each([
    ['the name of the registry', ({ ready }: Emulator) => ready.registry],
    ['its login server', ({ ready }: Emulator) => ready.loginServer],
  ])('without a host need %s, and are found in the engine as they are', async (_, registry) => {
    const azure = await startAzure()
    const local = 'step-push/local'
    await user.docker('tag', COMMON, local)
    const run = await runStep(azure, { inputs: { image: local, registry: registry(azure), regions: 'eastus' } })
    expectGreen(azure, run, ['eastus'], ['step-push/local:latest'])
    expect(run.outputs).toMatchObject({
      image: `${azure.ready.loginServer}/step-push/local:latest`,
      repository: 'step-push/local',
      tag: 'latest',
    })
  })

  test('may write the host in capitals', async () => {
    const azure = await startAzure()
    const run = await push(azure, ['eastus'], { image: `${azure.ready.loginServer.toUpperCase()}/${REFERENCE}` })
    expectGreen(azure, run, ['eastus'], [REFERENCE])
    expect(run.outputs['image']).toBe(`${azure.ready.loginServer}/${REFERENCE}`)
  })

  test('in full are preferred over repository:tag when the engine has both', async () => {
    const azure = await startAzure()
    const image = `${azure.ready.loginServer}/step-push/both:1`
    const full = await user.build(image, 1)
    await user.docker('tag', COMMON, 'step-push/both:1')
    const run = await runStep(azure, { inputs: { image, regions: 'eastus' } })
    expectGreen(azure, run, ['eastus'], ['step-push/both:1'])
    expect(configOf(azure, 'step-push/both', run.outputs['digest'])).toBe(full)
    await user.docker('image', 'rm', 'step-push/both:1', image)
  })

  test('take their image from source-image, by id as well as by name', async () => {
    const azure = await startAzure()
    const id = await user.build('step-push/source:1', 1)
    for (const source of [id, id.slice('sha256:'.length, 'sha256:'.length + 12), 'step-push/source:1']) {
      const run = await push(azure, ['eastus'], { 'source-image': source })
      expectGreen(azure, run, ['eastus'], [REFERENCE])
      expect(configOf(azure, REPOSITORY, run.outputs['digest'])).toBe(id)
    }
    await user.forget(id)
  })
})

describe('a replica that does not come', () => {
  const EXISTING = [{ location: 'eastus' }]

  test('never leaves Creating: at the deadline its last state and how long it lasted is told', async () => {
    const azure = await startAzure({ replicas: EXISTING, creations: { japaneast: { replica: 'stuck' } } })
    const run = await push(azure, ['eastus', 'japaneast'], { timeout: '6s' })
    expectRed(run, ['japaneast'])
    expect(replicaOf(run, 'japaneast')).toMatchObject({
      created: true,
      provisioningState: 'Creating',
      status: '',
      ready: false,
      proof: 'none',
      digest: null,
      seconds: null,
      detail: expect.stringMatching(/Creating for \d+s/),
    })
    const errors = notes(run, 'error')
    expect(errors).toHaveLength(2)
    for (const error of errors) expect(error).toMatch(/Creating for \d+s/)
    expect(errors.at(-1)).toMatch(/timeout of 6\.0s/)
    expect(errors.at(-1)).toMatch(/1 of 2 regions is not ready.*japaneast/)
    // The image was pushed meanwhile: nobody waits for a replica before the push.
    expectPushed(azure, run)
    expect(run.outputs['created-replicas']).toBe('japaneast')
    expect(run.summary).toMatch(/1 of 2 regions/)
  })

  test('is being deleted: it is created anew when the old one is gone', async () => {
    const azure = await startAzure({ replicas: [{ location: 'eastus', provisioningState: 'Deleting' }] })
    let waited = false
    const run = await push(
      azure,
      ['eastus'],
      {},
      {
        onLine: line => {
          if (!/eastus is being deleted/.test(line)) return
          waited = true
          azure.tamper.removeReplica('eastus')
        },
      },
    )
    expectGreen(azure, run, ['eastus'], [REFERENCE])
    expect({ waited, created: run.outputs['created-replicas'] }).toEqual({ waited: true, created: 'eastus' })
  })

  test.each<[string, CreationPlot, RegExp]>([
    [
      'turns Failed',
      { replica: 'fails', error: { code: 'Conflict', message: 'No free address in the subnet.' } },
      /Failed/,
    ],
    [
      'is rolled back',
      { replica: 'vanishes', error: { code: 'Conflict', message: 'No free address in the subnet.' } },
      /gone/,
    ],
  ])('%s while it is made: the error is the one the operation tells', async (_, plot, says) => {
    const azure = await startAzure({ replicas: EXISTING, creations: { japaneast: plot } })
    const run = await push(azure, ['eastus', 'japaneast'])
    expectRed(run, ['japaneast'])
    const [region = ''] = notes(run, 'error')
    expect(region).toMatch(says)
    expect(region).toContain('No free address in the subnet.')
    expectPushed(azure, run)
  })

  test.each<[string, (azure: Emulator) => void, RegExp]>([
    ['turns Failed', azure => azure.tamper.setReplica('japaneast', 'Failed'), /Failed.*[Dd]elete/],
    ['vanishes', azure => azure.tamper.removeReplica('japaneast'), /gone.*deleted/],
  ])('%s while it is syncing', async (_, meddle, says) => {
    const azure = await startAzure({ replicas: EXISTING, timing: { japaneast: { sync: NEVER } } })
    const run = await push(
      azure,
      ['eastus', 'japaneast'],
      {},
      {
        onLine: line => {
          if (/japaneast: replica Succeeded, Syncing/.test(line)) meddle(azure)
        },
      },
    )
    expectRed(run, ['japaneast'])
    expect(notes(run, 'error')[0]).toMatch(says)
    expectPushed(azure, run)
  })

  test('is refused by Azure: nothing is pushed, and what was accepted is told', async () => {
    const azure = await startAzure({
      replicas: EXISTING,
      creations: { japaneast: { refuse: { status: 400, code: 'QuotaExceeded', message: 'No more replicas here.' } } },
    })
    const run = await push(azure, ['eastus', 'westeurope', 'japaneast'])
    expect(run).toMatchObject({ exitCode: 1, leftovers: [], orphans: [] })
    expect(notes(run, 'error').join('\n')).toMatch(/japaneast.*No more replicas here\./)
    expect(hostsUploadedTo(run.requests.filter(({ service }) => service === 'registry'))).toEqual([])
    expect(run.outputs).toMatchObject({
      ready: 'false',
      'created-replicas': 'westeurope',
      'pending-regions': 'eastus,westeurope,japaneast',
    })
  })

  test.each(['fails', 'stuck'] as const)('does come although its operation %s', async operation => {
    const azure = await startAzure({ replicas: EXISTING, creations: { japaneast: { replica: 'succeeds', operation } } })
    const run = await push(azure, ['japaneast'])
    expectGreen(azure, run, ['japaneast'], [REFERENCE])
    expect(run.annotations).toEqual([])
  })

  const expectPushed = (azure: Emulator, { outputs }: StepRun) =>
    expect(azure.truth.serves('eastus', REPOSITORY, outputs['digest'] ?? '')).toBe(true)
})

describe('credentials', () => {
  let folder: string
  let env: { HOME: string; RUNNER_TEMP: string }
  /** What a user may well have: a credential store, sign-ins of others, a folder of plugins. */
  const CONFIG = JSON.stringify({
    credsStore: 'not-there',
    auths: { 'ghcr.io': { auth: 'b2N0b2NhdDpzM2NyM3Q=' } },
    currentContext: '',
  })
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'step-push-'))
    env = { HOME: join(folder, 'home'), RUNNER_TEMP: join(folder, 'temp') }
    await mkdir(join(env.HOME, '.docker', 'cli-plugins'), { recursive: true })
    await mkdir(env.RUNNER_TEMP)
    await writeFile(join(env.HOME, '.docker', 'config.json'), CONFIG)
  })
  afterAll(() => rm(folder, { recursive: true }))

  const everything = async () => ({
    temp: await readdir(env.RUNNER_TEMP, { recursive: true }),
    home: (await readdir(env.HOME, { recursive: true })).sort(),
    config: await readFile(join(env.HOME, '.docker', 'config.json'), 'utf8'),
  })
  /** What is in RUNNER_TEMP when the step says its last: the clean-up after the job is for runs that were killed. */
  const atTheEnd = () => {
    const found: { files?: string[] } = {}
    const onLine = (line: string) => {
      if (/\] (Done in|Failed after)/.test(line)) found.files = readdirSync(env.RUNNER_TEMP)
    }
    return { found, onLine }
  }
  const untouched = { temp: [], home: ['.docker', '.docker/cli-plugins', '.docker/config.json'], config: CONFIG }

  test('are gone after the step, and the configuration of the user is as it was', async () => {
    const azure = await startAzure()
    const { found, onLine } = atTheEnd()
    const run = await push(azure, ['eastus'], {}, { env, onLine })
    expectGreen(azure, run, ['eastus'], [REFERENCE])
    expect(found.files).toEqual([])
    expect(await everything()).toEqual(untouched)
  })

  test('are gone after a push that was refused, which names the missing role', async () => {
    const azure = await startAzure({
      identity: {
        roles: [
          { role: 'Reader' },
          { role: 'Container Registry Contributor and Data Access Configuration Administrator' },
          { role: 'AcrPull' },
        ],
      },
    })
    const { found, onLine } = atTheEnd()
    const run = await push(azure, ['eastus'], {}, { env, onLine })
    expect(run).toMatchObject({ exitCode: 1, orphans: [] })
    expect(notes(run, 'error').join('\n')).toContain('AcrPush')
    expect(run.outputs).toMatchObject({ ready: 'false', 'ready-regions': '', 'pending-regions': 'eastus' })
    expect(found.files).toEqual([])
    expect(await everything()).toEqual(untouched)
  })

  test('of a run that fails at the deadline are gone as well', async () => {
    const azure = await startAzure({
      faults: [{ match: { service: 'registry', method: 'PUT', path: '/manifests/' }, action: { hang: true } }],
    })
    const { found, onLine } = atTheEnd()
    const run = await push(azure, ['eastus'], { timeout: '4s' }, { env, onLine })
    expect(run).toMatchObject({ exitCode: 1, orphans: [] })
    expect(run.outputs).toMatchObject({ ready: 'false', 'pending-regions': 'eastus' })
    expect(found.files).toEqual([])
    expect(await everything()).toEqual(untouched)
  })
})
