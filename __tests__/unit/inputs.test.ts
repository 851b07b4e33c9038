import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { StepError } from '../../src/base/errors.ts'
import { readInputs } from '../../src/inputs.ts'
import { thrownBy } from './fixtures.ts'

type Texts = Readonly<Record<string, string>>

const GOOD: Texts = { image: 'contoso.azurecr.io/team/web:1.2', regions: 'japaneast' }
const GUID = '00000000-0000-4000-8000-00000000000a'
const DIGEST = `sha256:${'a'.repeat(64)}`

const read = (texts: Texts, env: Texts = {}) => readInputs(name => texts[name] ?? '', env)
const error = (texts: Texts) => thrownBy(() => read({ ...GOOD, ...texts })) as StepError

describe('readInputs', () => {
  test('has the defaults of the contract', () => {
    expect(read(GOOD)).toMatchObject({
      references: [{ host: 'contoso.azurecr.io', repository: 'team/web', tag: '1.2' }],
      regions: ['japaneast'],
      target: { loginServer: 'contoso.azurecr.io' },
      resourceGroup: undefined,
      subscriptionId: undefined,
      sourceImage: undefined,
      platform: undefined,
      image: { kind: 'push' },
      pushEndpoint: 'global',
      createReplicas: true,
      globalEndpointRouting: true,
      enableRegionalEndpoints: false,
      upgradeToPremium: false,
      pruneReplicas: false,
      webhookUri: undefined,
      waitFor: 'auto',
      timeoutMs: 30 * 60_000,
      dryRun: false,
      auth: 'auto',
      cloud: { name: 'azurecloud', resourceManager: 'https://management.azure.com' },
      summary: true,
    })
  })

  test('takes every input the workflow sets', () => {
    const texts = {
      image: 'team/web:1.2\nteam/web:latest',
      regions: 'East US, japaneast',
      registry: 'contoso',
      'resource-group': 'my-group_(1)',
      'subscription-id': GUID,
      'source-image': 'localhost/web@sha256:abc',
      platform: 'linux/arm/v7',
      'push-endpoint': 'West US',
      'create-replicas': 'False',
      'global-endpoint-routing': 'false',
      'enable-regional-endpoints': 'TRUE',
      'upgrade-to-premium': 'true',
      'prune-replicas': 'true',
      'webhook-uri': ' https://hooks.example.com/acr?key=1 ',
      'wait-for': 'ALL',
      timeout: '1h30m',
      'dry-run': 'true',
      auth: 'OIDC',
      environment: 'AzureUSGovernment',
      summary: 'false',
    }
    expect(read(texts)).toMatchObject({
      references: [
        { host: undefined, tag: '1.2' },
        { host: undefined, tag: 'latest' },
      ],
      regions: ['eastus', 'japaneast'],
      target: { name: 'contoso' },
      resourceGroup: 'my-group_(1)',
      subscriptionId: GUID,
      sourceImage: 'localhost/web@sha256:abc',
      platform: 'linux/arm/v7',
      pushEndpoint: 'westus',
      createReplicas: false,
      globalEndpointRouting: false,
      enableRegionalEndpoints: true,
      upgradeToPremium: true,
      pruneReplicas: true,
      webhookUri: 'https://hooks.example.com/acr?key=1',
      waitFor: 'all',
      timeoutMs: 90 * 60_000,
      dryRun: true,
      auth: 'oidc',
      cloud: { name: 'azureusgovernment' },
      summary: false,
    })
  })

  test.each([
    ['no image', { image: '' }, /'image' is missing/],
    ['an image of separators', { image: ' ,\n, ' }, /'image' is missing/],
    ['an upper-case repository', { image: 'contoso.azurecr.io/Team/web:1' }, /lower case/],
    ['a tag nobody can have', { image: 'contoso.azurecr.io/web:-1' }, /'-1' is not a tag/],
    ['an image by digest', { image: `contoso.azurecr.io/web@${DIGEST}` }, /names a digest/],
    ['one bad image of two', { image: 'contoso.azurecr.io/web:1, contoso.azurecr.io/web:a:b' }, /'image'/],
    ['two hosts', { image: 'contoso.azurecr.io/web:1\nfabrikam.azurecr.io/web:1' }, /fabrikam\.azurecr\.io/],
    ['no registry at all', { image: 'team/web:1' }, /Neither 'image' nor 'registry'/],
    ['a registry that is not the host', { registry: 'fabrikam.azurecr.io' }, /contoso\.azurecr\.io/],
    ['a registry that is a URL', { registry: 'https://contoso.azurecr.io' }, /'registry'/],
    ['a registry name that is too short', { registry: 'abcd' }, /'registry'/],
    ['no regions', { regions: '' }, /'regions' is missing/],
    ['regions of separators', { regions: '\n , ' }, /'regions' is missing/],
    ['a region that is no name', { regions: 'japaneast; eastus' }, /'regions'/],
    ['a region that is a path', { regions: '../eastus' }, /'regions'/],
    ['a subscription that is no GUID', { 'subscription-id': 'Pay-As-You-Go' }, /'subscription-id'/],
    ['a resource group that is an id', { 'resource-group': '/subscriptions/x' }, /'resource-group'/],
    ['a resource group that ends with a dot', { 'resource-group': 'group.' }, /'resource-group'/],
    ['a source image that looks like an option', { 'source-image': '--help' }, /'source-image'/],
    ['a source image with a blank', { 'source-image': 'web 1' }, /'source-image'/],
    ['a platform without a system', { platform: 'amd64' }, /'platform'/],
    ['a platform in upper case', { platform: 'Linux/AMD64' }, /'platform'/],
    ['a digest of another kind', { push: 'false', digest: 'sha512:abc' }, /'digest'/],
    ['an upper-case digest', { push: 'false', digest: DIGEST.toUpperCase() }, /'digest'/],
    ['a digest with a push', { digest: DIGEST }, /'digest'.*'push: false'/],
    ['a push endpoint that is a host', { 'push-endpoint': 'contoso.westus.geo.azurecr.io' }, /'push-endpoint'/],
    ['a commit status without a token', { 'commit-status': 'true' }, /'github-token' is missing/],
    ['no duration', { timeout: '30 minutes' }, /'timeout'/],
    ['no time', { timeout: '0m' }, /'timeout' is zero/],
    ['something to wait for that is not there', { 'wait-for': 'everything' }, /'wait-for'/],
    ['an auth that is not there', { auth: 'password' }, /'auth'/],
    ['a cloud that is not there', { environment: 'azurestack' }, /'environment'/],
    ['a custom cloud without its URLs', { environment: 'custom' }, /'resource-manager-endpoint' is missing/],
    ['URLs without a custom cloud', { 'authority-host': 'https://login.example.com' }, /'authority-host'/],
  ])('refuses %s', (_, texts, message) => {
    expect(error(texts)).toMatchObject({ name: 'StepError', kind: 'invalid' })
    expect(error(texts).message).toMatch(message)
    expect(error(texts).remedy).toMatch(/\w/)
  })

  test.each([
    'push',
    'create-replicas',
    'global-endpoint-routing',
    'enable-regional-endpoints',
    'upgrade-to-premium',
    'prune-replicas',
    'dry-run',
    'commit-status',
    'summary',
  ])('%s: a typo is never a silent false', name => {
    for (const text of ['yes', 'flase', '1', 'tRUE', 'on'])
      expect(error({ [name]: text }).message).toBe(`Input '${name}' is not a boolean: '${text}'`)
  })

  test.each(['not a url', 'ftp://hooks.example.com', 'hooks.example.com/acr?key=s3cret'])(
    'keeps the secret webhook-uri out of the error: %s',
    uri => {
      expect(error({ 'webhook-uri': uri }).message).toContain("'webhook-uri'")
      expect(
        JSON.stringify([error({ 'webhook-uri': uri }).message, error({ 'webhook-uri': uri }).remedy]),
      ).not.toContain(uri)
    },
  )

  test('any text in any input gives inputs or a StepError', () => {
    const names = ['image', 'regions', 'registry', 'resource-group', 'source-image', 'digest', 'push', 'push-endpoint']
    const rest = ['webhook-uri', 'timeout', 'environment', 'authority-host', 'resource-manager-endpoint', 'auth']
    const value = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('a/b:c', 'true', 'custom', '\n'))
    fc.assert(
      fc.property(fc.constantFrom(...names, ...rest), value, (name, text) => {
        const thrown = thrownBy(() => read({ ...GOOD, [name]: text }))
        if (thrown !== undefined) expect(thrown).toBeInstanceOf(StepError)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('lists', () => {
  test('commas and new lines, blanks dropped, regions under two spellings merged in the order asked', () => {
    const regions = ' Japan East,eastus\n\r\n,japaneast , EASTUS,East  US\n westeurope'
    expect(read({ ...GOOD, regions }).regions).toEqual(['japaneast', 'eastus', 'westeurope'])
  })

  test('an image under two spellings is one', () => {
    const image = 'contoso.azurecr.io/web, Contoso.azurecr.io/web:latest\ncontoso.azurecr.io/web:1'
    expect(read({ ...GOOD, image }).references.map(({ repository, tag }) => `${repository}:${tag}`)).toEqual([
      'web:latest',
      'web:1',
    ])
  })
})

test.each<[Texts, string | undefined]>([
  [{ 'commit-status': 'true', 'github-token': ' t0ken ' }, 't0ken'],
  [{ 'github-token': 't0ken' }, undefined],
  [{}, undefined],
])('the token for commit statuses with %j', (texts, token) =>
  expect(read({ ...GOOD, ...texts }).statusToken).toBe(token),
)

describe('which registry', () => {
  const web = 'contoso.azurecr.io/web:1'
  test.each([
    ['from the host', web, '', { loginServer: 'contoso.azurecr.io' }],
    ['with a port', 'contoso.localhost:5000/web:1', '', { loginServer: 'contoso.localhost:5000' }],
    ['by name', 'web:1', 'contoso', { name: 'contoso' }],
    ['by name beside a host', web, 'contoso', { name: 'contoso' }],
    ['by login server', 'web:1', 'Contoso.azurecr.io/', { loginServer: 'contoso.azurecr.io' }],
    ['both say the same', web, 'contoso.azurecr.io', { loginServer: 'contoso.azurecr.io' }],
    ['a host with a domain name label', 'web:1', 'contoso-d7ez.azurecr.io', { loginServer: 'contoso-d7ez.azurecr.io' }],
  ])('%s', (_, image, registry, target) => expect(read({ ...GOOD, image, registry }).target).toEqual(target))

  const regional = 'contoso.eastus.geo.azurecr.io/web:1'
  test.each([
    ['alone', regional, { name: 'contoso' }],
    ['of two regions', `${regional}, contoso.westus.geo.azurecr.io/web:1`, { name: 'contoso' }],
    ['with a domain name label', 'contoso-d7ez.eastus.geo.azurecr.io/web:1', { name: 'contoso' }],
    ['beside the login server', `${regional}, ${web}`, { loginServer: 'contoso.azurecr.io' }],
  ])('regional endpoints %s, to wait for an image', (_, image, target) =>
    expect(read({ ...GOOD, push: 'false', image }).target).toEqual(target),
  )
})

describe('what the run is about', () => {
  test.each([
    [{ push: 'false' }, { kind: 'gate', digest: undefined }],
    [
      { push: 'False', digest: ` ${DIGEST} ` },
      { kind: 'gate', digest: DIGEST },
    ],
    [{ push: 'true' }, { kind: 'push' }],
  ])('%j', (texts, image) => expect(read({ ...GOOD, ...texts }).image).toEqual(image))
})

describe('the environment', () => {
  test('inputs win over variables; blank ones count as not set', () => {
    const env = { AZURE_CLIENT_ID: 'from-env', AZURE_TENANT_ID: ' ', AZURE_SUBSCRIPTION_ID: GUID }
    const { identity, subscriptionId } = read({ ...GOOD, 'client-id': 'from-input' }, env)
    expect([identity.clientId, identity.tenantId, subscriptionId]).toEqual(['from-input', undefined, GUID])
    expect(read(GOOD, env).identity.clientId).toBe('from-env')
    expect(read({ ...GOOD, 'tenant-id': 'a' }, { AZURE_TENANT_ID: 'b' }).identity.tenantId).toBe('a')
    expect(read(GOOD, { AZURE_TENANT_ID: 'b' }).identity.tenantId).toBe('b')
  })

  test.each([
    [{ ACTIONS_ID_TOKEN_REQUEST_URL: 'https://x', ACTIONS_ID_TOKEN_REQUEST_TOKEN: 't' }, true],
    [{ ACTIONS_ID_TOKEN_REQUEST_URL: 'https://x' }, false],
    [{}, false],
  ])('id-token: write with %j is %s', (env: Texts, granted) =>
    expect(read(GOOD, env).identity.idTokenGranted).toBe(granted),
  )

  test.each<[Texts, string | undefined]>([
    [{ GITHUB_EVENT_NAME: 'push', GITHUB_ACTOR: 'dependabot[bot]' }, 'dependabot'],
    [{ GITHUB_EVENT_NAME: 'push', GITHUB_TRIGGERING_ACTOR: 'dependabot[bot]' }, 'dependabot'],
    [{ GITHUB_EVENT_NAME: 'pull_request' }, undefined],
    [{ GITHUB_EVENT_NAME: 'pull_request', GITHUB_EVENT_PATH: '/nowhere/event.json' }, undefined],
    [{ GITHUB_EVENT_NAME: 'pull_request', GITHUB_EVENT_PATH: import.meta.dirname }, undefined],
  ])('a run of %j is of %s', (env, origin) => expect(read(GOOD, env).identity.origin).toBe(origin))

  test('children get the environment of the job without the secrets of the step', () => {
    const kept = { PATH: '/bin', DOCKER_HOST: 'tcp://x', HTTPS_PROXY: 'http://p', AZURE_CONFIG_DIR: '/az' }
    const secret = {
      'INPUT_WEBHOOK-URI': 'x',
      input_image: 'x',
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'x',
      ACTIONS_RUNTIME_TOKEN: 'x',
      STATE_post: 'x',
      GITHUB_TOKEN: 'x',
      AZURE_CLIENT_SECRET: 'x',
      AZURE_CLIENT_CERTIFICATE_PASSWORD: 'x',
    }
    expect(read(GOOD, { ...kept, ...secret }).runner.childEnv).toEqual(kept)
  })

  test('temporary files and the docker configuration are where the job has them', () => {
    const { runner } = read(GOOD, { RUNNER_TEMP: '/tmp/runner', DOCKER_CONFIG: '/home/me/docker' })
    expect([runner.tempDir, runner.dockerConfigDir]).toEqual(['/tmp/runner', '/home/me/docker'])
    expect(read(GOOD).runner.dockerConfigDir).toMatch(/\.docker$/)
  })

  test('what was read does not change any more', () => {
    const inputs = read(GOOD)
    expect([inputs, inputs.identity, inputs.runner, inputs.runner.childEnv].every(Object.isFrozen)).toBe(true)
  })
})
