import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Emulator } from '../../emulator/index.ts'
import { makeCertificate } from '../support/auth/certificate.ts'
import { expectSignedIn, gateRun, storeGated } from '../support/auth/gate-run.ts'
import { appOf, githubToken, idTokenOf, NOBODY } from '../support/auth/identity.ts'
import { startQuickAzure } from '../support/step/azure.ts'
import { notes } from '../support/step/run-step.ts'

let azure: Emulator
let folder: string
const certificateFile = () => join(folder, 'app.pem')
const tokenFile = () => join(folder, 'federated-token')

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auth-ways-'))
  const { certificate, pem } = makeCertificate()
  await writeFile(certificateFile(), pem)
  azure = await startQuickAzure({ identity: { certificate }, replicas: [{ location: 'eastus' }] })
  await storeGated(azure)
  await writeFile(tokenFile(), await githubToken(azure))
})
afterAll(async () => {
  await azure.stop()
  await rm(folder, { recursive: true })
})

/** What the job has, by the way in it is for. */
const HAS = {
  idToken: () => idTokenOf(azure),
  secret: () => ({ AZURE_CLIENT_SECRET: azure.ready.clientSecret }),
  certificate: () => ({ AZURE_CLIENT_CERTIFICATE_PATH: certificateFile() }),
  tokenFile: () => ({ AZURE_FEDERATED_TOKEN_FILE: tokenFile() }),
  identityEndpoint: () => {
    const { IDENTITY_ENDPOINT = '', IDENTITY_HEADER = '' } = azure.ready.managedIdentityEnv
    return { IDENTITY_ENDPOINT, IDENTITY_HEADER }
  },
  metadataService: () => ({
    AZURE_POD_IDENTITY_AUTHORITY_HOST: azure.ready.managedIdentityEnv['AZURE_POD_IDENTITY_AUTHORITY_HOST'] ?? '',
  }),
}
type Means = keyof typeof HAS

const having = (...means: Means[]) =>
  Object.assign({}, appOf(azure), ...means.map(name => HAS[name]())) as Record<string, string>

const OIDC = 'oidc (client-id, tenant-id and id-token: write are given)'
const BY_SECRET = 'AZURE_CLIENT_ID, AZURE_TENANT_ID and a secret or certificate are set'

describe('auto takes the first way the job has all parts of, says which and why, and signs in', () => {
  test.each<[string, Means[], string]>([
    ['everything', ['idToken', 'secret', 'certificate', 'tokenFile', 'identityEndpoint'], OIDC],
    ['a secret, and a token file', ['secret', 'tokenFile'], `secret (${BY_SECRET})`],
    ['a certificate', ['certificate', 'identityEndpoint'], `certificate (${BY_SECRET})`],
    ['a token file', ['tokenFile'], 'workload-identity (AZURE_FEDERATED_TOKEN_FILE is set)'],
  ])('with %s', async (_, means, how) => {
    const run = await gateRun(azure, having(...means))
    expectSignedIn(run, how)
  })
})

describe('auth: chooses among what there is', () => {
  test.each<[string, Means[], string]>([
    ['oidc', ['secret', 'idToken'], 'oidc (auth: oidc)'],
    ['environment', ['idToken', 'secret'], 'secret (auth: environment)'],
    ['workload-identity', ['idToken', 'secret', 'tokenFile'], 'workload-identity (auth: workload-identity)'],
    ['managed-identity', ['idToken', 'identityEndpoint'], 'managed-identity (auth: managed-identity)'],
    ['managed-identity', ['secret', 'metadataService'], 'managed-identity (auth: managed-identity)'],
  ])('%s, with %j', async (auth, means, how) => {
    const before = azure.requests.length
    const run = await gateRun(azure, having(...means), { auth })
    expectSignedIn(run, how)
    const asked = azure.requests.slice(before)
    expect(asked.some(({ service }) => service === 'github')).toBe(auth === 'oidc')
    expect(asked.some(({ path }) => /^\/(?:msi|metadata)\//.test(path))).toBe(auth === 'managed-identity')
  })

  test('client-id and tenant-id need no environment', async () => {
    const { clientId, tenantId } = azure.ready
    const run = await gateRun(
      azure,
      { ...NOBODY, ...idTokenOf(azure) },
      { 'client-id': clientId, 'tenant-id': tenantId },
    )
    expectSignedIn(run, OIDC)
  })

  test('a system-assigned managed identity has no client id', async () => {
    const run = await gateRun(azure, { ...NOBODY, ...HAS.identityEndpoint() }, { auth: 'managed-identity' })
    expectSignedIn(run, 'managed-identity (auth: managed-identity)')
  })
})

describe('auth: without what it takes says what is missing, and asks nobody', () => {
  test.each<[string, () => Record<string, string>, string]>([
    [
      'oidc',
      () => having('secret'),
      "Cannot sign in with auth: oidc: missing permissions: id-token: write. Give client-id and tenant-id, and the job 'permissions: id-token: write'.",
    ],
    [
      'environment',
      () => having('idToken', 'tokenFile'),
      'Cannot sign in with auth: environment: missing AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE_PATH. Set AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE_PATH for the step.',
    ],
    [
      'workload-identity',
      () => ({ ...having('secret'), AZURE_TENANT_ID: '' }),
      'Cannot sign in with auth: workload-identity: missing tenant-id, AZURE_FEDERATED_TOKEN_FILE. Set AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_FEDERATED_TOKEN_FILE, as the webhook of AKS does.',
    ],
  ])('%s', async (auth, env, says) => {
    const run = await gateRun(azure, env(), { auth })
    expect(run).toMatchObject({ exitCode: 1, requests: [] })
    expect(notes(run, 'error').at(-1)).toBe(says)
  })
})
