import { beforeEach, describe, expect, test } from '@jest/globals'
import { type Emulator } from '../../emulator/index.ts'
import { type ScenarioInput } from '../../emulator/scenario.ts'
import { type RunOptions } from '../support/runner.ts'
import { azurePerTest } from '../support/step/azure.ts'
import { dockerUser } from '../support/step/docker-user.ts'
import { expectGreen } from '../support/step/expect-green.ts'
import { REFERENCE } from '../support/step/push-image.ts'
import { manifestsPut } from '../support/step/requests.ts'
import { runStep } from '../support/step/run-step.ts'

const LOCAL = 'login-servers/web:1.2'
const start = azurePerTest()
const user = dockerUser()
// Pulling it from the regions takes the local one away.
beforeEach(() => user.build(LOCAL))

interface Row {
  readonly name: string
  readonly registry: NonNullable<ScenarioInput['registry']>
  /** As the workflow writes them, and as ARM does. */
  readonly regions: string
  readonly names: readonly [string, string]
  /** Who is named where: a host in `image`, a name or a login server in `registry`. */
  readonly inputs: (azure: Emulator) => RunOptions['inputs']
}

const HASH = 'contoso-a1b2c3d4e5f6g7h8'
const ROWS: readonly Row[] = [
  {
    name: 'azurecr.io with the hash of a domain name label, from the image',
    registry: { label: HASH, suffix: 'azurecr.io' },
    regions: 'West US, East US',
    names: ['westus', 'eastus'],
    inputs: ({ ready }) => ({ image: `${ready.loginServer}/${REFERENCE}` }),
  },
  {
    name: 'azurecr.us, by the name of the registry',
    registry: { suffix: 'azurecr.us', home: 'usgovarizona' },
    regions: 'USGov Arizona, USGov Virginia',
    names: ['usgovarizona', 'usgovvirginia'],
    inputs: ({ ready }) => ({ image: REFERENCE, registry: ready.registry }),
  },
  {
    name: 'azurecr.cn with a hash, by the login server and pinned to a region',
    registry: { label: HASH, suffix: 'azurecr.cn', home: 'chinanorth3' },
    regions: 'chinanorth3, China East 2',
    names: ['chinanorth3', 'chinaeast2'],
    inputs: ({ ready }) => ({ image: REFERENCE, registry: ready.loginServer, 'push-endpoint': 'China North 3' }),
  },
]

describe('a login server under', () => {
  test.each(ROWS)('$name: push, proof and outputs', async ({ registry, regions, names, inputs }) => {
    const azure = await start({ registry, replicas: [{ location: names[1] }] })
    // The lines that somebody else has to add where a test may not write the hosts file.
    expect(azure.ready.hostsToAdd).toEqual([])
    const run = await runStep(azure, {
      inputs: { regions, 'source-image': LOCAL, 'wait-for': 'all', ...inputs(azure) },
    })
    expectGreen(azure, run, names, [REFERENCE])

    const { loginServer } = azure.ready
    const { label = 'contoso', suffix = '' } = registry
    expect(loginServer).toMatch(new RegExp(`^${label}\\.${suffix}:\\d+$`))
    const hosts = names.map(region => azure.regionalEndpoint(region) ?? '')
    names.forEach((region, index) =>
      expect(hosts[index]).toMatch(new RegExp(`^${label}\\.${region}\\.geo\\.${suffix}:\\d+$`)),
    )
    const digest = run.outputs['digest'] ?? ''
    const [repository] = REFERENCE.split(':')
    expect(run.outputs).toMatchObject({
      'login-server': loginServer,
      image: `${loginServer}/${REFERENCE}`,
      'image-digest': `${loginServer}/${repository}@${digest}`,
    })
    expect(run.images).toEqual(
      Object.fromEntries(names.map((region, index) => [region, `${hosts[index]}/${REFERENCE}`])),
    )
    expect(run.matrix.include.map(({ endpoint, proof }) => [endpoint, proof])).toEqual(
      hosts.map(host => [host, 'regional-endpoint']),
    )
    // The real engine pushed to that very name.
    const taker = inputs(azure)['push-endpoint'] === undefined ? loginServer : hosts[0]
    expect(manifestsPut(run.requests)).toEqual([{ name: `${taker} ${REFERENCE}`, status: 201 }])
    expect(await user.pullFromEach(azure, names, `${repository}@${digest}`)).toHaveLength(names.length)
  })
})
