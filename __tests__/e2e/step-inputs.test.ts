import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Emulator } from '../../emulator/index.ts'
import { type RoleAssignment, type ScenarioInput } from '../../emulator/scenario.ts'
import { azurePerTest, startQuickAzure } from '../support/step/azure.ts'
import { dockerUser } from '../support/step/docker-user.ts'
import { writesIn } from '../support/step/requests.ts'
import { jsonOutput, notes, runStep, type StepRun } from '../support/step/run-step.ts'

const LOCAL = 'inputs/web:1.2'
const DIGEST = `sha256:${'0'.repeat(64)}`
const OTHER_SUBSCRIPTION = '33333333-3333-3333-3333-333333333333'
/** Every run of this file is refused, so it leaves this registry as it was. */
const SCENARIO: ScenarioInput = {
  replicas: [{ location: 'eastus' }, { location: 'canadacentral' }],
  otherRegistries: [
    { name: 'fabrikam', sku: 'Basic', resourceGroup: 'fabrikam-rg' },
    { name: 'northwind', sku: 'Standard' },
  ],
}

const startAzure = azurePerTest()
let emptyFolder: string
beforeAll(async () => {
  // As `repository:tag` it will do for every registry.
  await dockerUser().build(LOCAL, 1)
  emptyFolder = await mkdtemp(join(tmpdir(), 'no-docker-'))
})
afterAll(async () => {
  await dockerUser().forget(LOCAL)
  await rm(emptyFolder, { recursive: true })
})

interface Row {
  /** What is wrong. */
  readonly name: string
  /** On top of a call that would succeed. */
  readonly inputs?: (azure: Emulator) => Readonly<Record<string, string>>
  readonly scenario?: ScenarioInput
  readonly env?: () => Readonly<Record<string, string>>
  /** What the one error says. */
  readonly says: readonly RegExp[]
}

const set = (inputs: Readonly<Record<string, string>>) => () => inputs

const image = (name: string, reference: string, ...says: readonly RegExp[]): Row => ({
  name,
  inputs: ({ ready }) => ({ image: reference.replaceAll('HOST', ready.loginServer) }),
  says: [/'image'/, ...says],
})

/** Wrong in themselves. */
const WORDS: readonly Row[] = [
  { name: 'no image', inputs: set({ image: '' }), says: [/'image' is missing/] },
  { name: 'an image of commas and blanks', inputs: set({ image: ' ,\n , ' }), says: [/'image' is missing/] },
  image('an image without a repository', 'HOST/', /repository/),
  image('an image with an empty tag', 'HOST/inputs/web:', /tag/),
  image('an image with a bad tag', 'HOST/inputs/web:-1', /'-1'/, /tag/),
  image('a tag longer than 128 characters', `HOST/inputs/web:${'x'.repeat(129)}`, /tag/, /128/),
  image('an image with blanks', 'HOST/inputs/my web:1.2', /white space/),
  image('an image with a scheme', 'https://HOST/inputs/web:1.2', /URL/),
  image('an image by digest', `HOST/inputs/web@${DIGEST}`, /digest/),
  image('a path with two slashes', 'HOST/inputs//web:1.2', /'inputs\/\/web'/),
  image('an upper-case repository', 'HOST/Inputs/Web:1.2', /lower case/, /inputs\/web/),
  image('one bad reference among good ones', 'HOST/inputs/web:1.2\nHOST/inputs/web:1.3\nHOST/Web:1', /\/Web:1'/),
  { name: 'no regions', inputs: set({ regions: '' }), says: [/'regions' is missing/] },
  { name: 'regions of commas', inputs: set({ regions: ',,\n,' }), says: [/'regions' is missing/] },
  { name: 'a region with odd characters', inputs: set({ regions: 'east-us!' }), says: [/'regions'/, /east-us!/] },
  {
    name: 'a region with a dash',
    inputs: set({ regions: 'japan-east' }),
    says: [/'japan-east'/, /Did you mean japaneast \(Japan East\)/],
  },
  ...Object.entries({
    'create-replicas': 'yes',
    'dry-run': 'flase',
    push: '1',
    'enable-regional-endpoints': 'on',
    summary: 'tRUE',
  }).map(([input, typo]) => ({
    name: `${input}: ${typo}`,
    inputs: set({ [input]: typo }),
    says: [new RegExp(`'${input}'`), new RegExp(`'${typo}'`), /true or false/],
  })),
  ...['30', 'soon', '30 m', '-5m', '1.5h', '5m1h'].map(text => ({
    name: `timeout: ${text}`,
    inputs: set({ timeout: text }),
    says: [/'timeout'/, new RegExp(`'${text}'`), /30m/],
  })),
  ...['0s', '0h0m'].map(text => ({
    name: `timeout: ${text}`,
    inputs: set({ timeout: text }),
    says: [/'timeout' is zero/],
  })),
  { name: 'a timeout of a year', inputs: set({ timeout: '8760h' }), says: [/'timeout'/, /'8760h'/] },
  { name: 'wait-for: ready', inputs: set({ 'wait-for': 'ready' }), says: [/'wait-for'/, /replica, image, all, auto/] },
  { name: 'auth: password', inputs: set({ auth: 'password' }), says: [/'auth'/, /oidc/, /managed-identity/] },
  { name: 'environment: mars', inputs: set({ environment: 'mars' }), says: [/'environment'/, /azureusgovernment/] },
  {
    name: 'a custom cloud without its endpoints',
    inputs: set({ 'resource-manager-endpoint': '' }),
    says: [/'resource-manager-endpoint' is missing/],
  },
  {
    name: 'an endpoint that is not https',
    inputs: set({ 'authority-host': 'http://localhost:8080' }),
    says: [/'authority-host'/, /https/],
  },
  {
    name: 'endpoints of a custom cloud beside a public one',
    inputs: set({ environment: 'azurecloud' }),
    says: [/resource-manager-endpoint/, /custom/],
  },
  { name: 'a digest that is none', inputs: set({ push: 'false', digest: 'sha256:abc' }), says: [/'digest'/, /64/] },
  { name: 'a digest although the image is pushed', inputs: set({ digest: DIGEST }), says: [/'digest'/, /push: false/] },
  { name: 'a subscription that is no id', inputs: set({ 'subscription-id': 'Contoso' }), says: [/GUID/] },
  {
    name: 'the id of a resource group',
    inputs: set({ 'resource-group': '/subscriptions/1/resourceGroups/contoso-rg' }),
    says: [/'resource-group'/, /name/],
  },
  { name: 'a registry of blanks and slashes', inputs: set({ registry: 'con toso/x' }), says: [/'registry'/] },
  { name: 'no registry at all', inputs: set({ image: LOCAL }), says: [/registry/, /login server/] },
  {
    name: 'references of two registries',
    inputs: ({ ready }) => ({ image: `${ready.loginServer}/${LOCAL}\nfabrikam.azurecr.io/${LOCAL}` }),
    says: [/two registries/, /fabrikam\.azurecr\.io/],
  },
  { name: 'a source image with a space', inputs: set({ 'source-image': 'my web' }), says: [/'source-image'/] },
  { name: 'push-endpoint: east/us', inputs: set({ 'push-endpoint': 'east/us' }), says: [/'push-endpoint'/] },
]

/** Wrong in view of what there is: only Azure and the engine tell. */
const FACTS: readonly Row[] = [
  ...(
    [
      ['japanest', 'japaneast', 'Japan East'],
      ['West Eurpoe', 'westeurope', 'West Europe'],
      ['useast', 'eastus', 'East US'],
    ] as const
  ).map(([typo, nearest, displayName]) => ({
    name: `the region ${typo}`,
    inputs: set({ regions: `eastus, ${typo}` }),
    says: [
      new RegExp(`'${typo.replaceAll(' ', '').toLowerCase()}'`),
      new RegExp(`Did you mean ${nearest} \\(${displayName}\\)`),
    ],
  })),
  {
    name: 'a registry that is not there',
    inputs: set({ registry: 'tailspin', image: LOCAL }),
    says: [/tailspin/, /not found/],
  },
  {
    name: 'a login server that is not there',
    inputs: set({ image: `tailspin.azurecr.io/${LOCAL}` }),
    says: [/tailspin\.azurecr\.io/, /not found/, /22222222-2222-2222-2222-222222222222/],
  },
  {
    name: 'a resource group that is not there',
    inputs: set({ 'resource-group': 'tailspin-rg' }),
    says: [/tailspin-rg/, /not found/],
  },
  {
    name: 'a registry in another resource group',
    inputs: set({ 'resource-group': 'fabrikam-rg' }),
    says: [/fabrikam-rg/, /not found/],
  },
  {
    name: 'a registry in another subscription',
    inputs: set({ 'subscription-id': OTHER_SUBSCRIPTION }),
    says: [new RegExp(OTHER_SUBSCRIPTION), /subscription-id/],
  },
  {
    name: 'an identity that may read the registry but not its replicas',
    scenario: roles({ actions: ['Microsoft.ContainerRegistry/registries/read'], scope: 'registry' }),
    says: [
      /Microsoft\.ContainerRegistry\/registries\/replications\/read/,
      /on \/subscriptions\/22222222-2222-2222-2222-222222222222\/resourceGroups\/contoso-rg\/providers\/Microsoft\.ContainerRegistry\/registries\/contoso\b/,
      /role/,
    ],
  },
  {
    name: 'a reference on the host of another registry',
    inputs: set({ registry: 'contoso', image: `fabrikam.azurecr.io/${LOCAL}` }),
    says: [/fabrikam\.azurecr\.io/, /contoso\.localhost:\d+/],
  },
  {
    name: 'an image the engine does not have',
    inputs: ({ ready }) => ({ image: `${ready.loginServer}/inputs/none:1.2` }),
    says: [/no image/, /contoso\.localhost:\d+\/inputs\/none:1\.2 or inputs\/none:1\.2/, /source-image/],
  },
  {
    name: 'a source image the engine does not have',
    inputs: set({ 'source-image': 'inputs/none:9' }),
    says: [/no image inputs\/none:9/],
  },
  {
    name: 'an engine that does not run',
    env: () => ({ DOCKER_HOST: `unix://${join(emptyFolder, 'docker.sock')}` }),
    says: [/No Docker engine answers/, /DOCKER_HOST/],
  },
  {
    name: 'an engine at a port where nobody listens',
    env: () => ({ DOCKER_HOST: 'tcp://127.0.0.1:9' }),
    says: [/No Docker engine answers/, /DOCKER_HOST/],
  },
  {
    name: 'no docker command',
    env: () => ({ PATH: emptyFolder }),
    says: [/no docker command/, /Docker is installed/],
  },
  {
    name: 'a missing replica that may not be created',
    inputs: set({ regions: 'eastus, japaneast', 'create-replicas': 'false' }),
    says: [/no replica in Japan East \(japaneast\)/, /create-replicas/, /az acr replication create/],
  },
  ...['fabrikam', 'northwind'].map(registry => ({
    name: `a registry that is not Premium (${registry})`,
    inputs: set({ registry, image: LOCAL }),
    says: [registry === 'fabrikam' ? /Basic/ : /Standard/, /Premium/, /az acr update/],
  })),
  {
    name: 'a replica in state Failed',
    scenario: { replicas: [{ location: 'eastus', name: 'myeast', provisioningState: 'Failed' }] },
    says: [/myeast/, /Failed/, /Delete it/, /az acr replication delete .*--name myeast/],
  },
  {
    name: 'a replica in state Failed that the list shows as Ready',
    scenario: {
      replicas: [
        {
          location: 'eastus',
          provisioningState: 'Failed',
          listSays: { provisioningState: 'Succeeded', displayStatus: 'Ready' },
        },
      ],
    },
    says: [/eastus/, /Failed/],
  },
  {
    name: 'a replica whose deletion does not end',
    inputs: set({ timeout: '3s' }),
    scenario: { replicas: [{ location: 'eastus', provisioningState: 'Deleting' }] },
    says: [/timeout of 3/, /eastus is still being deleted/, /nothing was pushed/],
  },
  ...['image', 'all'].map(word => ({
    name: `wait-for: ${word} where nothing can be proved`,
    inputs: set({ 'wait-for': word }),
    scenario: { registry: { regionalEndpoints: 'Disabled' as const } },
    says: [/prove/, /eastus/, /enable-regional-endpoints/, /webhook-uri/],
  })),
  {
    name: 'wait-for: image with a webhook of another repository',
    inputs: set({ 'wait-for': 'image' }),
    scenario: {
      registry: { regionalEndpoints: 'Disabled' },
      webhooks: [{ name: 'other', location: 'eastus', serviceUri: 'http://127.0.0.1:9', scope: 'other:*' }],
    },
    says: [/prove/, /eastus/],
  },
  {
    name: 'a push-endpoint without regional endpoints',
    inputs: set({ 'push-endpoint': 'eastus' }),
    scenario: { registry: { regionalEndpoints: 'Disabled' } },
    says: [/'push-endpoint' is eastus/, /enable-regional-endpoints/],
  },
  {
    name: 'a push-endpoint where there is no replica',
    inputs: set({ 'push-endpoint': 'japaneast' }),
    says: [/'push-endpoint' is japaneast/, /westus, .*eastus/],
  },
  {
    name: 'regional endpoints that content trust forbids',
    inputs: set({ 'enable-regional-endpoints': 'true' }),
    scenario: { registry: { regionalEndpoints: 'Disabled', trustPolicy: 'enabled' } },
    says: [/Content Trust/i, /az acr config content-trust/],
  },
  {
    name: 'regional endpoints that the cloud does not know',
    inputs: set({ 'enable-regional-endpoints': 'true' }),
    scenario: { registry: { regionalEndpoints: 'Unknown' } },
    says: [/regional endpoints/, /cloud/],
  },
  {
    name: 'several mistakes, all told at once',
    inputs: set({
      regions: 'eastus, japanest, westeurope',
      'create-replicas': 'false',
      'source-image': 'inputs/none:9',
    }),
    says: [/3 reasons/, /Did you mean japaneast/, /no replica in West Europe/, /no image inputs\/none:9/],
  },
]

function roles(...assignments: RoleAssignment[]): ScenarioInput {
  return { identity: { roles: assignments } }
}

/** A call that would succeed but for what a row changes. */
const run = (azure: Emulator, { inputs, env }: Pick<Row, 'inputs' | 'env'>, more: Record<string, string> = {}) =>
  runStep(azure, {
    inputs: { image: `${azure.ready.loginServer}/${LOCAL}`, regions: 'eastus', ...inputs?.(azure), ...more },
    env: env?.() ?? {},
  })

function expectRefusal(result: StepRun, says: readonly RegExp[]): void {
  expect(result).toMatchObject({ exitCode: 1, conclusion: 'failure', leftovers: [], orphans: [], stderr: '' })
  expect(result.annotations).toHaveLength(1)
  const [message = ''] = notes(result, 'error')
  for (const pattern of says) expect(message).toMatch(pattern)
  // Words for people, without what the program looks like inside.
  expect(message).not.toMatch(/undefined|null|\[object|NaN|\bat \S+:\d+:\d+/)
  expect(writesIn(result.requests)).toEqual([])
  expect(result.outputs).toMatchObject({ ready: 'false', 'ready-regions': '', 'created-replicas': '' })
  expect(result.outputs).not.toHaveProperty('digest')
}

describe('what is wrong in itself is refused before anything is asked', () => {
  let azure: Emulator
  beforeAll(async () => {
    azure = await startQuickAzure(SCENARIO)
  })
  afterAll(() => azure.stop())

  test.each(WORDS)('$name', async row => {
    const result = await run(azure, row)
    expectRefusal(result, row.says)
    expect(result.requests).toEqual([])
    expect(result).toMatchObject({ images: {}, matrix: { include: [] }, replicas: [] })
    expect(result.summary).toContain('Failed')
  })
})

describe('what does not fit what there is gets refused before anything is written or pushed', () => {
  test.each(FACTS)('$name', async row => {
    const azure = await startAzure({ ...SCENARIO, ...row.scenario })
    const result = await run(azure, row)
    expectRefusal(result, row.says)
    expect(azure.requests.length).toBeGreaterThan(0)
    expect(result.summary).toContain('Failed')
  })

  test('with push: false no engine is asked for', async () => {
    const azure = await startAzure(SCENARIO)
    const result = await run(
      azure,
      { env: () => ({ PATH: emptyFolder, DOCKER_HOST: 'tcp://127.0.0.1:9' }) },
      { push: 'false' },
    )
    expectRefusal(result, [/no image contoso\.localhost:\d+\/inputs\/web:1\.2/])
  })

  test('an identity that may not create a replica: action and scope are named, and nothing is pushed', async () => {
    const azure = await startAzure({
      ...SCENARIO,
      ...roles({ role: 'Reader' }, { role: 'Container Registry Repository Writer' }, { role: 'AcrPush' }),
    })
    const result = await run(azure, {}, { regions: 'eastus, japaneast' })
    expect(result.exitCode).toBe(1)
    const told = notes(result, 'error').join('\n')
    expect(told).toContain('Microsoft.ContainerRegistry/registries/replications/write')
    expect(told).toMatch(/on \/subscriptions\/\S+\/registries\/contoso\/replications\/japaneast/)
    expect(writesIn(azure.requests).filter(write => !write.includes('/replications/'))).toEqual([])
    expect(azure.truth.replica('japaneast')).toBeUndefined()
    expect(result.outputs).toMatchObject({
      ready: 'false',
      'created-replicas': '',
      'pending-regions': 'eastus,japaneast',
    })
  })

  test('ends when it has said its last word, though Azure leaves a request unanswered', async () => {
    const azure = await startAzure({
      ...SCENARIO,
      faults: [
        { match: { service: 'arm', path: '/providers/Microsoft.ContainerRegistry\\?' }, action: { hang: true } },
      ],
    })
    const result = await run(azure, {}, { registry: 'tailspin', image: LOCAL })
    expectRefusal(result, [/tailspin/, /not found/])
  }, 20_000)

  test('a webhook-uri that is none is not repeated in the error', async () => {
    const azure = await startAzure(SCENARIO)
    const result = await run(azure, {}, { 'webhook-uri': 'hooks.example.com/acr?key=s3cr3t' })
    expectRefusal(result, [/'webhook-uri'/, /https/])
    expect(`${result.stdout}${JSON.stringify(result.outputs)}${result.summary}`).not.toContain('s3cr3t')
  })

  test('requested regions are pending, also when the registry is not found', async () => {
    const azure = await startAzure(SCENARIO)
    const result = await run(azure, {}, { registry: 'tailspin', image: LOCAL, regions: 'Japan East, eastus' })
    expect(result.outputs).toMatchObject({
      ready: 'false',
      'pending-regions': 'japaneast,eastus',
      repository: 'inputs/web',
      tag: '1.2',
    })
  })

  test('summary: false writes no summary', async () => {
    const azure = await startAzure(SCENARIO)
    const { exitCode, summary } = await run(azure, {}, { summary: 'false', registry: 'tailspin', image: LOCAL })
    expect({ exitCode, summary }).toEqual({ exitCode: 1, summary: '' })
  })
})

describe('dry-run', () => {
  const dryRun = (azure: Emulator, inputs: Record<string, string>) => run(azure, {}, { 'dry-run': 'true', ...inputs })

  test('says what would happen, and only reads', async () => {
    const azure = await startAzure(SCENARIO)
    const { loginServer } = azure.ready
    const result = await dryRun(azure, { regions: 'East US\nwestus\njapaneast, Japan East, JAPANEAST' })
    expect(result).toMatchObject({ exitCode: 0, annotations: [], leftovers: [], orphans: [] })
    expect(jsonOutput(result, 'dry-run-plan')).toMatchObject({
      registry: { name: 'contoso', sku: 'Premium', homeRegion: 'westus', loginServer, resourceGroup: 'contoso-rg' },
      regions: [
        { region: 'eastus', displayName: 'East US', home: false, action: 'keep' },
        { region: 'westus', displayName: 'West US', home: true, action: 'keep' },
        { region: 'japaneast', displayName: 'Japan East', home: false, action: 'create' },
      ],
      create: ['japaneast'],
      push: [`${loginServer}/${LOCAL}`],
      monthlyCost: { currency: 'USD', added: 50, total: 200 },
    })
    expect(writesIn(azure.requests)).toEqual([])
    expect(azure.truth.replica('japaneast')).toBeUndefined()
    expect(result.outputs).toMatchObject({ ready: 'false', 'created-replicas': '', 'ready-regions': '' })
    expect(result.log).toMatch(/japaneast +Japan East +create the replica/)
    expect(result.log).toMatch(/USD 50 a month more/)
    expect(result.log).toContain('nothing was changed or pushed')
    expect(result.summary).toMatch(/dry run/i)
    expect(result.summary).toMatch(/Would create.*japaneast/)
  })

  test('the plan of a real run does the same: duplicates under several spellings are one region', async () => {
    const azure = await startAzure(SCENARIO)
    const result = await dryRun(azure, {
      regions: 'eastus, East US,EASTUS\n eastus ',
      image: `${azure.ready.loginServer}/${LOCAL},${azure.ready.loginServer}/${LOCAL}`,
    })
    expect(result.exitCode).toBe(0)
    expect(result.replicas.map(({ region }) => region)).toEqual(['eastus'])
    expect(result.matrix.include).toHaveLength(1)
    expect(jsonOutput(result, 'dry-run-plan')).toMatchObject({
      create: [],
      push: [`${azure.ready.loginServer}/${LOCAL}`],
    })
  })

  test('tells of regional endpoints and webhooks without making them', async () => {
    const azure = await startAzure({ ...SCENARIO, registry: { regionalEndpoints: 'Disabled' } })
    const result = await dryRun(azure, {
      regions: 'eastus,canadacentral',
      'enable-regional-endpoints': 'true',
      'webhook-uri': 'https://hooks.contoso.example/acr?key=s3cr3t',
      'push-endpoint': 'eastus',
    })
    expect(result.exitCode).toBe(0)
    expect(jsonOutput(result, 'dry-run-plan')).toMatchObject({
      enableRegionalEndpoints: true,
      createWebhooks: ['eastus', 'canadacentral'],
      pushEndpoint: 'eastus',
    })
    expect(writesIn(azure.requests)).toEqual([])
    expect(result.outputs['dry-run-plan']).not.toContain('s3cr3t')
  })

  test.each([
    ['an unknown region', { regions: 'japanest' }, /Did you mean japaneast/],
    ['a missing replica', { regions: 'japaneast', 'create-replicas': 'false' }, /no replica in Japan East/],
    ['a missing image', { 'source-image': 'inputs/none:9' }, /no image inputs\/none:9/],
    ['a wrong host', { registry: 'contoso', image: `fabrikam.azurecr.io/${LOCAL}` }, /fabrikam\.azurecr\.io/],
  ])('refuses what a real run refuses: %s', async (_, inputs: Record<string, string>, says) => {
    const azure = await startAzure(SCENARIO)
    const result = await dryRun(azure, inputs)
    expectRefusal(result, [says])
    // A step after this one may read the plan with fromJSON, whatever became of it.
    jsonOutput(result, 'dry-run-plan')
  })
})
