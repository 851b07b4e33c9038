import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Emulator } from '../../emulator/index.ts'
import { type Scenario } from '../../emulator/scenario.ts'
import { expectSignedIn, gateRun, refusalOf, storeGated } from '../support/auth/gate-run.ts'
import { appOf, idTokenOf } from '../support/auth/identity.ts'
import { startQuickAzure } from '../support/step/azure.ts'

const STRANGER = '99999999-9999-4999-8999-999999999999'

let azure: Emulator
beforeAll(async () => {
  azure = await startQuickAzure({ replicas: [{ location: 'eastus' }] })
  await storeGated(azure)
})
afterAll(() => azure.stop())

/** The error of a run while the local Azure is changed. */
async function refusedWhile(
  change: (scenario: Scenario) => void,
  env: Readonly<Record<string, string>>,
  inputs: Readonly<Record<string, string>> = {},
): Promise<string> {
  let before = ''
  azure.update(scenario => {
    before = JSON.stringify(scenario)
    change(scenario)
  })
  try {
    return refusalOf(await gateRun(azure, env, { 'wait-for': 'image', ...inputs }))
  } finally {
    azure.update(({ identity, registry, github, firewall, ...scenario }) => {
      const was = JSON.parse(before) as Scenario
      Object.assign(identity, was.identity)
      Object.assign(registry, was.registry)
      Object.assign(firewall, was.firewall)
      delete github.subject
      Object.assign(github, was.github)
      scenario.faults.splice(0)
    })
  }
}
const unchanged = () => {}
const bySecret = () => ({ ...appOf(azure), AZURE_CLIENT_SECRET: azure.ready.clientSecret })
const byOidc = () => ({ ...appOf(azure), ...idTokenOf(azure) })
const ROLE =
  'Give the identity of this job the role AcrPull on the registry. ACR answers 401 where a role is missing; a role assigned just now can take ten minutes.'
const FEDERATED =
  'No federated credential of the app matches this job. Add one with exactly this issuer, subject and audience. ' +
  'Repositories created, renamed or transferred since 15 July 2026 present the immutable subject (repo:OWNER@ID/REPO@ID:…), ' +
  'older ones repo:OWNER/REPO:…; Entra compares case-sensitively.'

interface Row {
  readonly name: string
  readonly change?: (scenario: Scenario) => void
  readonly env?: () => Record<string, string>
  readonly inputs?: Readonly<Record<string, string>>
  readonly says: string
}

const entra = (code: number, text: string) => (scenario: Scenario) =>
  void scenario.faults.push({
    match: { service: 'entra', method: 'POST' },
    action: {
      status: 401,
      headers: { 'content-type': 'application/json' },
      body: { error: 'invalid_client', error_description: `AADSTS${code}: ${text}`, error_codes: [code] },
    },
  })
const registry = (path: string, action: object) => (scenario: Scenario) =>
  void scenario.faults.push({ match: { service: 'registry', path }, action })

const ENTRA: readonly Row[] = [
  {
    name: 'AADSTS700016, no such app',
    env: () => ({ ...bySecret(), AZURE_CLIENT_ID: STRANGER }),
    says: "Cannot sign in to Azure (secret) for https://localhost:PORT/.default: AADSTS700016: Application with identifier 'ID' was not found in the directory 'ID'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant. (trace id ID, correlation id ID). No app with this client-id exists in the tenant: check client-id and tenant-id.",
  },
  {
    name: 'AADSTS7000215, a wrong secret',
    env: () => ({ ...bySecret(), AZURE_CLIENT_SECRET: 'id-of-it' }),
    says: "Cannot sign in to Azure (secret) for https://localhost:PORT/.default: AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app 'ID'. (trace id ID, correlation id ID). The client secret is wrong: store its value (not its id), and check that it belongs to this app.",
  },
  {
    name: 'AADSTS90002, no such tenant',
    env: () => ({ ...bySecret(), AZURE_TENANT_ID: STRANGER }),
    says: "Cannot sign in to Azure (secret) for https://localhost:PORT/.default: AADSTS90002: Tenant 'ID' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant. (trace id ID, correlation id ID). The tenant does not exist in this cloud: check tenant-id and 'environment'.",
  },
  {
    name: 'AADSTS53003, conditional access',
    change: ({ identity }) => (identity.blocked = true),
    says: 'Cannot sign in to Azure (secret) for https://localhost:PORT/.default: AADSTS53003: Access has been blocked by Conditional Access policies. The access policy does not allow token issuance. (trace id ID, correlation id ID). A Conditional Access policy blocks this sign-in: ask the tenant administrator to exempt the workload identity.',
  },
  {
    name: 'AADSTS700024, an assertion that came too late',
    change: ({ identity }) => (identity.lifetimes.github = -60),
    env: byOidc,
    says: 'Cannot sign in to Azure (oidc) for https://localhost:PORT/.default: AADSTS700024: Client assertion is not within its valid time range. Current time: TIME, assertion valid from TIME, expiry time of assertion TIME. Review the documentation at https://learn.microsoft.com/entra/identity-platform/certificate-credentials. (trace id ID, correlation id ID). The assertion is too old or too young for Entra: check the clock of the runner.',
  },
  {
    name: 'AADSTS700213, another subject, in its immutable form',
    change: ({ github }) => (github.subject = 'repo:contoso@42/web@4711:environment:production'),
    env: byOidc,
    says: "Cannot sign in to Azure (oidc) for https://localhost:PORT/.default: AADSTS700213: No matching federated identity record found for presented assertion subject 'repo:contoso@42/web@4711:environment:production'. Check your federated identity credential Subject, Audience and Issuer against the presented assertion. https://learn.microsoft.com/entra/workload-id/workload-identity-federation (trace id ID, correlation id ID). FEDERATED Presented: issuer https://token.actions.githubusercontent.com, subject repo:contoso@42/web@4711:environment:production, audience api://AzureADTokenExchange.",
  },
  {
    name: 'AADSTS700212, another audience',
    change: ({ identity }) =>
      (identity.federated = identity.federated.map(each => ({ ...each, audience: 'api://Other' }))),
    env: byOidc,
    says: "Cannot sign in to Azure (oidc) for https://localhost:PORT/.default: AADSTS700212: No matching federated identity record found for presented assertion audience 'api://AzureADTokenExchange'. Check your federated identity credential Subject, Audience and Issuer against the presented assertion. (trace id ID, correlation id ID). FEDERATED Presented: issuer https://token.actions.githubusercontent.com, subject repo:contoso/shop:ref:refs/heads/main, audience api://AzureADTokenExchange.",
  },
  {
    name: 'AADSTS70021, as Entra said it before',
    change: entra(70021, 'No matching federated identity record found.'),
    env: byOidc,
    says: 'Cannot sign in to Azure (oidc) for https://localhost:PORT/.default: AADSTS70021: No matching federated identity record found. FEDERATED Presented: issuer https://token.actions.githubusercontent.com, subject repo:contoso/shop:ref:refs/heads/main, audience api://AzureADTokenExchange.',
  },
]

const REGISTRY: readonly Row[] = [
  {
    name: '403, the firewall',
    change: ({ firewall }) => (firewall.deny = ['login']),
    says: "Sign-in to contoso.localhost:PORT failed: HTTP 403 DENIED: client with IP '203.0.113.7' is not allowed access. Refer https://aka.ms/acr/firewall to grant access. (correlation id ID). The registry's firewall refuses this runner: allow its address, or run the job on a self-hosted runner inside the network.",
  },
  {
    name: '403, the firewall at the exchange',
    change: registry('/oauth2/exchange', {
      status: 403,
      body: {
        errors: [
          {
            code: 'DENIED',
            message:
              "client with IP '203.0.113.7' is not allowed access. Refer https://aka.ms/acr/firewall to grant access.",
          },
        ],
      },
    }),
    says: "Sign-in to contoso.localhost:PORT (exchange of the Entra token for container registries) failed: HTTP 403 DENIED: client with IP '203.0.113.7' is not allowed access. Refer https://aka.ms/acr/firewall to grant access. The registry's firewall refuses this runner: allow its address, or run the job on a self-hosted runner inside the network.",
  },
  {
    name: '429 at the exchange, for good',
    change: registry('/oauth2/exchange', {
      status: 429,
      headers: { 'retry-after': '0' },
      body: { errors: [{ code: 'TOOMANYREQUESTS', message: 'too many requests' }] },
    }),
    says: 'Sign-in to contoso.localhost:PORT (exchange of the Entra token for container registries) failed: HTTP 429 TOOMANYREQUESTS: too many requests. The registry throttles this identity: run the job again later.',
  },
  {
    name: '401 at the exchange',
    change: registry('/oauth2/exchange', { status: 401 }),
    says: `Sign-in to contoso.localhost:PORT (exchange of the Entra token for container registries) failed: HTTP 401. ${ROLE}`,
  },
]

describe('refused by Entra', () => {
  test.each(ENTRA)('$name', async ({ change = unchanged, env = bySecret, inputs, says }) => {
    expect(await refusedWhile(change, env(), inputs)).toBe(says.replaceAll('FEDERATED', FEDERATED))
  })
})

describe('refused by the registry', () => {
  test.each(REGISTRY)('$name', async ({ change = unchanged, env = bySecret, inputs, says }) => {
    expect(await refusedWhile(change, env(), inputs)).toBe(says)
  })
})

describe('refused by Azure Resource Manager', () => {
  test('403: the step waits for a role assigned a moment ago, and names action, scope and role when none comes', async () => {
    const late = await startQuickAzure({ replicas: [{ location: 'eastus' }] })
    await storeGated(late)
    late.update(({ identity }) => (identity.roles = [{ role: 'AcrPull' }]))
    const grant = (line: string) => {
      if (/AuthorizationFailed.*Next try/.test(line))
        late.update(({ identity }) => identity.roles.push({ role: 'Reader' }))
    }
    const inputs = { 'resource-group': azure.ready.resourceGroup }
    const [granted, refused] = await Promise.all([
      gateRun(late, {}, inputs, { onLine: grant }),
      refusedWhile(({ identity }) => (identity.roles = [{ role: 'AcrPull' }]), bySecret(), inputs),
    ])
    await late.stop()
    expectSignedIn(granted, 'oidc (client-id, tenant-id and id-token: write are given)')
    expect(refused).toBe(
      "Read registry contoso failed: HTTP 403 AuthorizationFailed: The client 'ID' with object id 'ID' does not have authorization to perform action 'Microsoft.ContainerRegistry/registries/read' over scope '/subscriptions/ID/resourceGroups/contoso-rg/providers/Microsoft.ContainerRegistry/registries/contoso' or the scope is invalid. If access was recently granted, please refresh your credentials. (x-ms-request-id ID, x-ms-correlation-request-id ID). " +
        'The identity of this job lacks Microsoft.ContainerRegistry/registries/read on /subscriptions/ID/resourceGroups/contoso-rg/providers/Microsoft.ContainerRegistry/registries/contoso. ' +
        "The built-in role 'Container Registry Configuration Reader and Data Access Configuration Reader' on the registry has it. A role assigned just now can take ten minutes.",
    )
  })
})
