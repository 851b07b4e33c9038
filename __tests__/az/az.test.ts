import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildImage } from '../../demo/image.ts'
import { type Emulator, startEmulator } from '../../emulator/index.ts'
import { ensureCommand } from '../../scripts/ensure-command.ts'
import { githubToken } from '../support/auth/identity.ts'
import { mustSucceed, type Run, runIn } from '../support/command.ts'
import { eventually } from '../support/eventually.ts'
import { runAction } from '../support/runner.ts'

/** What `--output table` shows of one replica: the columns that the step's own table has, too. */
const COLUMNS = ['NAME', 'LOCATION', 'PROVISIONING STATE', 'STATUS']

let azure: Emulator
let folder: string
let run: Run
let must: ReturnType<typeof mustSucceed>
const az = async (...args: string[]) => must('az', [...args, '--only-show-errors'])
const azJson = async <T>(...args: string[]) => JSON.parse(await az(...args, '--output', 'json')) as T

beforeAll(async () => {
  await ensureCommand('az', 'azure-cli')
  // Without a Retry-After, which Azure does not send, az asks for the state of an operation every 30 seconds.
  azure = await startEmulator({ arm: { retryAfter: 1 } })
  folder = await mkdtemp(join(tmpdir(), 'azure-cli-'))
  run = runIn({
    AZURE_CONFIG_DIR: join(folder, 'azure'),
    AZURE_CORE_COLLECT_TELEMETRY: 'false',
    DOCKER_CONFIG: join(folder, 'docker'),
    REQUESTS_CA_BUNDLE: azure.ready.bundleFile,
  })
  must = mustSucceed(run)
  await registerCloud()
}, 600_000)

afterAll(async () => {
  await azure.stop()
  await rm(folder, { recursive: true })
})

/** An authority in the style of ADFS is the one kind that az takes without asking Microsoft about it first. */
async function registerCloud(): Promise<void> {
  const { resourceManagerEndpoint, adfsAuthority } = azure.ready
  const endpoints = {
    'endpoint-resource-manager': resourceManagerEndpoint,
    'endpoint-active-directory': adfsAuthority,
    'endpoint-active-directory-resource-id': 'https://management.core.windows.net/',
    'endpoint-active-directory-graph-resource-id': 'https://graph.windows.net/',
    'suffix-acr-login-server-endpoint': '.localhost',
  }
  await az('cloud', 'register', '--name', 'local', ...Object.entries(endpoints).flatMap(([k, v]) => [`--${k}`, v]))
  await az('cloud', 'set', '--name', 'local')
}

const login = (secret: string) => {
  const { clientId, tenantId } = azure.ready
  return ['login', '--service-principal', '--username', clientId, '--password', secret, '--tenant', tenantId]
}

const buildFor = async (tag: string): Promise<string> => {
  const reference = `${azure.ready.loginServer}/public/products/web:${tag}`
  await buildImage({ reference })
  return reference
}
const stepByCli = (inputs: Record<string, string>, config = join(folder, 'azure')) => {
  const { caFile, bundleFile, resourceManagerEndpoint, authorityHost } = azure.ready
  return runAction({
    inputs: {
      ...inputs,
      auth: 'cli',
      environment: 'custom',
      'resource-manager-endpoint': resourceManagerEndpoint,
      'authority-host': authorityHost,
    },
    env: { AZURE_CONFIG_DIR: config, NODE_EXTRA_CA_CERTS: caFile, REQUESTS_CA_BUNDLE: bundleFile },
  })
}

describe('the Azure CLI', () => {
  test('is refused with a wrong secret', async () => {
    const { code, stderr } = await run('az', login('wrong'))
    expect(code).toBe(1)
    expect(stderr).toContain('AADSTS7000215')
  })

  test('signs in as a service principal and finds the subscription', async () => {
    await az(...login(azure.ready.clientSecret))
    expect(await azJson('account', 'show')).toMatchObject({ id: azure.ready.subscriptionId, environmentName: 'local' })
  })

  test('shows the registry, looked up by its name', async () => {
    expect(await azJson('acr', 'show', '--name', azure.ready.registry)).toMatchObject({
      location: 'westus',
      loginServer: azure.ready.loginServer,
      resourceGroup: azure.ready.resourceGroup,
      sku: { name: 'Premium' },
    })
  })

  test('creates a replica by display name, and lists it with the others in its table', async () => {
    await az('acr', 'replication', 'create', '--registry', azure.ready.registry, '--location', 'Japan East')
    await eventually(() => azure.truth.replica('japaneast')?.displayStatus === 'Ready')

    const table = await az('acr', 'replication', 'list', '--registry', azure.ready.registry, '--output', 'table')
    const [header = '', , ...rows] = table.trimEnd().split('\n')
    const cells = (row: string) => row.trim().split(/ {2,}/)
    expect(cells(header).slice(0, COLUMNS.length)).toEqual(COLUMNS)
    expect(rows.map(row => cells(row).slice(0, COLUMNS.length)).sort()).toEqual(
      ['canadacentral', 'eastus', 'japaneast', 'westus'].map(region => [region, region, 'Succeeded', 'Ready']),
    )
  })

  test('says why a replica cannot be created', async () => {
    const args = ['acr', 'replication', 'create', '--registry', azure.ready.registry, '--location', 'atlantis']
    const { code, stderr } = await run('az', args)
    expect(code).not.toBe(0)
    expect(stderr).toMatch(/atlantis/)
    expect(azure.truth.replica('atlantis')).toBeUndefined()
  })

  test('signs docker in, which then pushes; the repository and its tags show', async () => {
    const { loginServer, registry } = azure.ready
    await az('acr', 'login', '--name', registry)
    const config = JSON.parse(await readFile(join(folder, 'docker', 'config.json'), 'utf8')) as { auths: object }
    expect(Object.keys(config.auths)).toEqual([loginServer])

    const reference = `${loginServer}/public/products/web:1.2`
    await buildImage({ reference })
    await must('docker', ['push', reference])
    expect(await azJson('acr', 'repository', 'list', '--name', registry)).toEqual(['public/products/web'])
    const tags = ['acr', 'repository', 'show-tags', '--name', registry, '--repository', 'public/products/web']
    expect(await azJson(...tags)).toEqual(['1.2'])
  })

  test('lends its session to the step (auth: cli)', async () => {
    const image = await buildFor('by-cli')
    const result = await stepByCli({ image, regions: 'eastus, japaneast' })
    expect(result).toMatchObject({ conclusion: 'success', outputs: { 'ready-regions': 'eastus,japaneast' } })
    const { repository = '', digest = '' } = result.outputs
    expect(azure.truth.serves('japaneast', repository, digest)).toBe(true)
  })

  test('whose assertion is too old has a token for ARM only, which will do for the registry', async () => {
    const { clientId, tenantId, bundleFile } = azure.ready
    // Another session, which knows the cloud but no token yet.
    const config = join(folder, 'federated')
    for (const file of ['config', 'clouds.config']) await cp(join(folder, 'azure', file), join(config, file))
    const signIn = mustSucceed(runIn({ AZURE_CONFIG_DIR: config, REQUESTS_CA_BUNDLE: bundleFile }))
    const who = ['--username', clientId, '--tenant', tenantId, '--federated-token', await githubToken(azure)]
    await signIn('az', ['login', '--service-principal', ...who])
    const before = azure.requests.length
    const heal = azure.addFault({
      match: { service: 'entra', method: 'POST' },
      action: {
        status: 401,
        headers: { 'content-type': 'application/json' },
        body: {
          error: 'invalid_client',
          error_description: 'AADSTS700024: Client assertion is not within its valid time range.',
        },
      },
    })
    const result = await stepByCli({ image: await buildFor('late'), regions: 'eastus' }, config)
    heal()
    expect(result).toMatchObject({ conclusion: 'success', outputs: { 'ready-regions': 'eastus' } })
    const refused = azure.requests.slice(before).filter(({ service, status }) => service === 'entra' && status === 401)
    expect(refused.length).toBeGreaterThan(0)
  })

  test('without a session is told so in the words of az', async () => {
    const result = await stepByCli({ image: await buildFor('nobody'), regions: 'eastus' }, join(folder, 'nobody'))
    expect(result.conclusion).toBe('failure')
    expect(result.annotations.at(-1)?.message).toMatch(
      /^Cannot sign in to Azure \(cli\) for \S+: Please run 'az login' to setup account\. Run azure\/login before this step/,
    )
  })

  test('deletes a replica', async () => {
    await az('acr', 'replication', 'delete', '--registry', azure.ready.registry, '--name', 'japaneast')
    await eventually(() => azure.truth.replica('japaneast') === undefined)
    const left = await azJson<{ name: string }[]>('acr', 'replication', 'list', '--registry', azure.ready.registry)
    expect(left.map(({ name }) => name).sort()).toEqual(['canadacentral', 'eastus', 'westus'])
  })
})
