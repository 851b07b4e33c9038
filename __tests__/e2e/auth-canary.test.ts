import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { randomUUID } from 'node:crypto'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { type Emulator } from '../../emulator/index.ts'
import { canary, leaksIn, placesOf } from '../support/auth/canary.ts'
import { gateRun, storeGated } from '../support/auth/gate-run.ts'
import { appOf, idTokenOf } from '../support/auth/identity.ts'
import { type JobProcess, watchProcesses } from '../support/auth/processes.ts'
import { azurePerTest } from '../support/step/azure.ts'
import { dockerUser } from '../support/step/docker-user.ts'
import { expectGreen } from '../support/step/expect-green.ts'
import { pushImage, REFERENCE } from '../support/step/push-image.ts'
import { type StepRun } from '../support/step/run-step.ts'

const LOCAL = 'canary/web:1.2'
const start = azurePerTest()
const SECRETS = {
  secret: canary('client-secret'),
  password: canary('certificate-password'),
  request: canary('request-token'),
  workflow: canary('workflow-token'),
  key: canary('webhook-key'),
  other: canary('other-registry'),
  entra: canary('entra-token'),
  refresh: canary('refresh-token'),
  access: canary('access-token'),
}
const ALL = Object.values(SECRETS)
/** What only the job has, for nobody but the step. */
const ENV = {
  RUNNER_DEBUG: '1',
  AZURE_CLIENT_CERTIFICATE_PASSWORD: SECRETS.password,
  GITHUB_TOKEN: SECRETS.workflow,
  ACTIONS_RUNTIME_TOKEN: SECRETS.workflow,
}

let folder: string
let mark: string
let watch: { stop(): Promise<readonly JobProcess[]> }
beforeAll(() => dockerUser().build(LOCAL))
afterAll(() => dockerUser().forget(LOCAL))
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auth-canary-'))
  await writeFile(join(folder, 'config.json'), JSON.stringify({ auths: { 'ghcr.io': { auth: SECRETS.other } } }))
  mark = randomUUID()
  watch = watchProcesses(mark)
})
afterEach(async () => {
  await watch.stop()
  await rm(folder, { recursive: true })
})

const startGuarded = (scenario: Parameters<typeof start>[0] = {}) =>
  start({
    replicas: [{ location: 'eastus' }],
    ...scenario,
    identity: { clientSecret: SECRETS.secret, ...scenario.identity },
    github: { requestToken: SECRETS.request },
  })
const jobEnv = (azure: Emulator, proof: 'secret' | 'oidc') => ({
  ...appOf(azure),
  ...ENV,
  ...(proof === 'oidc' ? idTokenOf(azure) : { AZURE_CLIENT_SECRET: SECRETS.secret }),
  DOCKER_CONFIG: folder,
  JOB_MARK: mark,
})

/** No secret shows anywhere: not in what the run said, not in the arguments of any of its processes. */
async function expectTight(run: StepRun): Promise<readonly JobProcess[]> {
  const processes = await watch.stop()
  expect(processes.length).toBeGreaterThan(0)
  const argv = processes.map(process => process.argv).join('\n')
  expect(leaksIn({ ...placesOf(run), argv }, ALL)).toEqual([])
  expect(run.leftovers).toEqual([])
  return processes
}

test('a run that succeeds shows no secret: OIDC, a webhook of a key, a new replica and a push', async () => {
  const azure = await startGuarded()
  const run = await pushImage(
    azure,
    LOCAL,
    ['eastus', 'japaneast'],
    { 'webhook-uri': `http://127.0.0.1:9/acr?code=${SECRETS.key}` },
    { env: { ...jobEnv(azure, 'oidc'), AZURE_CLIENT_SECRET: SECRETS.secret } },
  )
  expectGreen(azure, run, ['eastus', 'japaneast'], [REFERENCE])
  const processes = await expectTight(run)
  // docker has its own environment: the job's without what is for the step alone.
  const children = processes.filter(({ argv }) => argv.startsWith('docker'))
  expect(children.length).toBeGreaterThan(0)
  const own = [SECRETS.secret, SECRETS.password, SECRETS.request, SECRETS.workflow, SECRETS.key]
  expect(leaksIn(Object.fromEntries(children.map(child => [child.argv, child.environment])), own)).toEqual([])
  expectMasks(run, azure)
})

/** Every secret is masked, and nothing that is none: the runner drops outputs that hold a masked value. */
function expectMasks({ masks }: StepRun, { ready }: Emulator): void {
  expect(masks.some(secret => secret.includes(SECRETS.key))).toBe(true)
  expect(masks.filter(secret => secret.startsWith('eyJ')).length).toBeGreaterThanOrEqual(4)
  const { clientId, tenantId, subscriptionId, registry, resourceGroup, loginServer } = ready
  const open = [clientId, tenantId, subscriptionId, registry, resourceGroup, loginServer, 'eastus', 'japaneast', '']
  expect(open.filter(text => masks.includes(text))).toEqual([])
}

describe('a service that repeats a secret in its answer does not get it printed', () => {
  const json = { 'content-type': 'application/json' }

  test('Entra repeats the client secret', async () => {
    const azure = await startGuarded()
    azure.addFault({
      match: { service: 'entra', method: 'POST' },
      action: {
        status: 401,
        headers: json,
        body: {
          error: 'invalid_client',
          error_description: `AADSTS7000215: Invalid client secret '${SECRETS.secret}'.`,
        },
      },
    })
    const run = await gateRun(azure, jobEnv(azure, 'secret'))
    expect(run.exitCode).toBe(1)
    expect(run.log).toContain('AADSTS7000215')
    await expectTight(run)
  })

  test('GitHub repeats the bearer of the request', async () => {
    const azure = await startGuarded()
    const body = { message: `Bearer ${SECRETS.request} may not` }
    azure.addFault({ match: { service: 'github' }, action: { status: 403, headers: json, body } })
    const run = await gateRun(azure, jobEnv(azure, 'oidc'))
    expect(run.exitCode).toBe(1)
    expect(run.log).toContain('GitHub gave no OIDC token')
    await expectTight(run)
  })

  test('ARM repeats the token it got, in text, headers and links', async () => {
    const azure = await startGuarded()
    azure.addFault({
      match: { service: 'entra', method: 'POST' },
      action: {
        status: 200,
        headers: json,
        body: { token_type: 'Bearer', expires_in: 3600, access_token: SECRETS.entra },
      },
    })
    azure.addFault({
      match: { service: 'arm' },
      action: {
        status: 400,
        headers: { ...json, 'x-ms-request-id': SECRETS.entra },
        body: {
          error: { code: 'BadRequest', message: `Bearer ${SECRETS.entra} is odd, see https://x/?sig=${SECRETS.entra}` },
        },
      },
    })
    const run = await gateRun(azure, jobEnv(azure, 'secret'))
    expect(run.exitCode).toBe(1)
    expect(run.log).toContain('BadRequest')
    await expectTight(run)
  })

  test('the registry repeats its own tokens', async () => {
    const azure = await startGuarded()
    await storeGated(azure)
    const answer = (path: string, status: number, body: object, headers = {}) =>
      azure.addFault({
        match: { service: 'registry', path },
        action: { status, headers: { ...json, ...headers }, body },
      })
    answer('/oauth2/exchange', 200, { refresh_token: SECRETS.refresh })
    answer('/oauth2/token', 200, { access_token: SECRETS.access })
    const message = `Bearer ${SECRETS.access} of ${SECRETS.refresh}`
    answer('/v2/team/', 400, { errors: [{ code: 'ODD', message }] }, { 'x-ms-correlation-request-id': SECRETS.access })
    const run = await gateRun(azure, jobEnv(azure, 'secret'), { timeout: '5s' })
    expect(run.exitCode).toBe(1)
    expect(run.log).toContain('HTTP 400')
    await expectTight(run)
  })

  test('docker prints the configuration it was given', async () => {
    const azure = await startGuarded()
    const bin = join(folder, 'bin')
    const script = `#!/bin/sh
case "$*" in
  'version '*|--version) echo 28.0.0 ;;
  'info '*) echo '[]' ;;
  'image inspect '*) echo 'sha256:${'a'.repeat(64)} 1' ;;
  'push '*) cat "$DOCKER_CONFIG/config.json"; echo "the server says: $(cat "$DOCKER_CONFIG/config.json" | tr -d '\\n')" >&2; exit 1 ;;
esac
`
    await dockerUser().run('mkdir', ['-p', bin])
    await writeFile(join(bin, 'docker'), script)
    await chmod(join(bin, 'docker'), 0o755)
    // Not the folder with the sign-ins of the user, which nobody has told the step.
    const env = { ...jobEnv(azure, 'secret'), DOCKER_CONFIG: bin, PATH: [bin, process.env['PATH']].join(delimiter) }
    const run = await pushImage(azure, LOCAL, ['eastus'], {}, { env })
    expect(run.exitCode).toBe(1)
    expect(run.log).toContain('the server says')
    await expectTight(run)
  })

  test('an operation that goes wrong does not tell its signed address', async () => {
    const azure = await startGuarded()
    azure.addFault({
      match: { service: 'arm', path: '/operation(?:Status|Result)e?s/' },
      action: { status: 400, headers: json, body: {} },
    })
    azure.update(({ creations }) => (creations['japaneast'] = { replica: 'fails' }))
    const run = await pushImage(azure, LOCAL, ['japaneast'], {}, { env: jobEnv(azure, 'secret') })
    expect(run.exitCode).toBe(1)
    expect(run.requests.some(({ path, status }) => /operationStatuses/.test(path) && status === 400)).toBe(true)
    await expectTight(run)
  })
})
