import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Emulator } from '../../emulator/index.ts'
import { type RoleAssignment, type ScenarioInput } from '../../emulator/scenario.ts'
import { openRepository, pushImage as pushSmallImage } from '../emulator/clients.ts'
import { eventually } from '../support/eventually.ts'
import { azurePerTest, NEVER } from '../support/step/azure.ts'
import { dockerUser } from '../support/step/docker-user.ts'
import { expectGreen, expectRed } from '../support/step/expect-green.ts'
import { pushImage, REFERENCE, REPOSITORY } from '../support/step/push-image.ts'
import { hostsUploadedTo, manifestsPut, webhooksWritten, writesIn } from '../support/step/requests.ts'
import { notes, replicaOf, runStep, type StepRun } from '../support/step/run-step.ts'

const ONE = 'step-proof/web:1'
const TWO = 'step-proof/web:2'
const REGIONS = ['eastus', 'canadacentral']
/** For runs that have to reach their deadline. */
const SHORT = { timeout: '5s' }

const user = dockerUser()
const startAzure = azurePerTest()
let emptyFolder: string
beforeAll(async () => {
  await user.build(ONE)
  await user.build(TWO)
  emptyFolder = await mkdtemp(join(tmpdir(), 'no-docker-'))
})
afterAll(async () => {
  await user.forget(ONE)
  await user.forget(TWO)
  await rm(emptyFolder, { recursive: true })
})

/** A local Azure with a replica in each of these regions besides the home region. */
const startWith = (regions: readonly string[], scenario: ScenarioInput = {}) =>
  startAzure({ replicas: regions.map(location => ({ location })), ...scenario })

const endpointsOff: ScenarioInput = { registry: { regionalEndpoints: 'Disabled' } }
const webhook = (
  location: string,
  more: { scope?: string; status?: 'enabled' | 'disabled'; actions?: string[] } = {},
) => ({
  name: `hook${location}`,
  location,
  serviceUri: 'http://127.0.0.1:9/',
  ...more,
})

const proofs = ({ replicas }: StepRun) => Object.fromEntries(replicas.map(({ region, proof }) => [region, proof]))
const digestOf = ({ outputs, log }: StepRun) => {
  if (!outputs['digest']) throw new Error(`no digest. The log:\n${log}`)
  return outputs['digest']
}
/** Does something when a line of the log first matches. */
const once = (pattern: RegExp, act: (match: RegExpExecArray) => void) => {
  let done = false
  return (line: string) => {
    const match = done ? null : pattern.exec(line)
    if (!match) return
    done = true
    act(match)
  }
}
const PUSHED = /Pushed .* as (sha256:[0-9a-f]{64})/

describe('with regional endpoints', () => {
  test('each region is asked for every part of the image, and says so as its proof', async () => {
    const azure = await startWith(REGIONS)
    const run = await pushImage(azure, ONE, REGIONS)
    expectGreen(azure, run, REGIONS, [REFERENCE])
    expect(run.annotations).toEqual([])
    expect(proofs(run)).toEqual({ eastus: 'regional-endpoint', canadacentral: 'regional-endpoint' })
    const digest = digestOf(run)
    const { config, layers } = JSON.parse(String(azure.truth.manifestBytes('westus', REPOSITORY, digest))) as {
      config: { digest: string }
      layers: { digest: string }[]
    }
    for (const region of REGIONS) {
      const asked = run.requests
        .filter(({ host, status }) => host === azure.regionalEndpoint(region) && status === 200)
        .map(({ method, path }) => `${method} ${path}`)
      expect(asked).toContain(`GET /v2/${REPOSITORY}/manifests/${digest}`)
      expect(asked).toContain(`HEAD /v2/${REPOSITORY}/manifests/1.2`)
      for (const blob of [config, ...layers]) expect(asked).toContain(`HEAD /v2/${REPOSITORY}/blobs/${blob.digest}`)
    }
  })

  test('that are off they are turned on when the workflow says so, once', async () => {
    const azure = await startWith(['eastus'], endpointsOff)
    const inputs = { 'enable-regional-endpoints': 'true' }
    const run = await pushImage(azure, ONE, ['eastus', 'japaneast'], inputs)
    expectGreen(azure, run, ['eastus', 'japaneast'], [REFERENCE])
    expect(proofs(run)).toEqual({ eastus: 'regional-endpoint', japaneast: 'regional-endpoint' })
    expect(run.images['japaneast']).toBe(`${azure.regionalEndpoint('japaneast')}/${REFERENCE}`)
    expect(run.log).toMatch(/regional endpoints turned on|turned on regional endpoints/i)
    const patches = (of: StepRun) => writesIn(of.requests).filter(write => /^PATCH localhost/.test(write))
    expect(patches(run)).toHaveLength(1)
    const again = await pushImage(azure, ONE, ['eastus', 'japaneast'], inputs)
    expectGreen(azure, again, ['eastus', 'japaneast'], [REFERENCE])
    expect(patches(again)).toEqual([])
  })

  test('a region that fetches what it lacks serves the image, wherever the bytes are', async () => {
    const azure = await startWith(['eastus'], { proxy: ['eastus'], timing: { eastus: { blobs: NEVER } } })
    const run = await pushImage(azure, ONE, ['eastus'])
    expectGreen(azure, run, ['eastus'], [REFERENCE])
    expect(azure.truth.stores('eastus', REPOSITORY, digestOf(run))).toBe(false)
  })

  test('wait-for: image is green while the replica is still copying its backlog; all is not', async () => {
    const azure = await startWith(['eastus'], { timing: { japaneast: { sync: NEVER } } })
    const run = await pushImage(azure, ONE, ['eastus', 'japaneast'], { 'wait-for': 'image' })
    expectGreen(azure, run, ['eastus', 'japaneast'], [REFERENCE])
    expect(replicaOf(run, 'japaneast')).toMatchObject({
      provisioningState: 'Succeeded',
      status: 'Syncing',
      ready: true,
      proof: 'regional-endpoint',
    })
    const all = await pushImage(azure, ONE, ['eastus', 'japaneast'], { 'wait-for': 'all', ...SHORT })
    expectRed(all, ['japaneast'])
    expect(replicaOf(all, 'japaneast').detail).toContain('Syncing')
  })

  test('wait-for: replica asks for nothing more than Ready', async () => {
    const azure = await startWith(['eastus'], { timing: { eastus: { blobs: NEVER } } })
    const run = await pushImage(azure, ONE, ['eastus'], { 'wait-for': 'replica' })
    expect(run).toMatchObject({ exitCode: 0, annotations: [] })
    expect(proofs(run)).toEqual({ eastus: 'none' })
  })
})

describe('with webhooks', () => {
  test('a region is proved by the push event of its webhook where there are no regional endpoints', async () => {
    const azure = await startWith(REGIONS, { ...endpointsOff, webhooks: REGIONS.map(region => webhook(region)) })
    const run = await pushImage(azure, ONE, REGIONS)
    expectGreen(azure, run, REGIONS, [REFERENCE])
    expect(run.annotations).toEqual([])
    expect(proofs(run)).toEqual({ eastus: 'webhook', canadacentral: 'webhook' })
    expect(run.images['eastus']).toBe(`${azure.ready.loginServer}/${REFERENCE}`)
  })

  test('an event of an earlier push of the same image proves nothing once the tag has moved', async () => {
    const azure = await startWith(REGIONS, { ...endpointsOff, webhooks: REGIONS.map(region => webhook(region)) })
    const first = await pushImage(azure, ONE, REGIONS)
    expectGreen(azure, first, REGIONS, [REFERENCE])
    const moved = await pushImage(azure, TWO, REGIONS)
    expectGreen(azure, moved, REGIONS, [REFERENCE])
    azure.update(scenario => (scenario.timing['canadacentral'] = { blobs: NEVER }))
    const back = await pushImage(azure, ONE, REGIONS, SHORT)
    expectRed(back, ['canadacentral'])
    expect(digestOf(back)).toBe(digestOf(first))
    expect(replicaOf(back, 'canadacentral').detail).toMatch(/has not heard of/)
    expect(azure.truth.tag('canadacentral', REPOSITORY, '1.2')).toBe(digestOf(moved))
  })

  test('only those count that are enabled and cover the tag; the others are named in one warning', async () => {
    const regions = ['eastus', 'canadacentral', 'westeurope', 'japaneast', 'uksouth', 'westus']
    const azure = await startWith(regions.slice(0, -1), {
      ...endpointsOff,
      webhooks: [
        webhook('eastus', { scope: `${REPOSITORY}:*` }),
        webhook('canadacentral', { scope: REFERENCE }),
        webhook('westeurope', { scope: REPOSITORY }),
        webhook('japaneast', { status: 'disabled' }),
        webhook('uksouth', { actions: ['delete'] }),
        webhook('westus'),
      ],
    })
    const run = await pushImage(azure, ONE, regions)
    expect(run).toMatchObject({ exitCode: 0 })
    expect(proofs(run)).toEqual({
      eastus: 'webhook',
      canadacentral: 'webhook',
      westeurope: 'none',
      japaneast: 'none',
      uksouth: 'none',
      westus: 'webhook',
    })
    expect(run.annotations).toHaveLength(1)
    const [warning = ''] = notes(run, 'warning')
    for (const region of ['westeurope', 'japaneast', 'uksouth']) expect(warning).toContain(region)
    for (const region of ['eastus', 'canadacentral', 'westus']) expect(warning).not.toContain(region)
  })

  test('that have heard of many pushes tell of them in pages', async () => {
    const webhooks = REGIONS.map(region => webhook(region))
    const azure = await startWith(REGIONS, { ...endpointsOff, webhooks, arm: { pageSize: 1 } })
    for (const image of [ONE, TWO]) {
      const run = await pushImage(azure, image, REGIONS, { 'wait-for': 'image' })
      expectGreen(azure, run, REGIONS, [REFERENCE])
    }
    expect(azure.requests.filter(({ path }) => /listEvents\?.*skiptoken/.test(path))).toContainEqual(
      expect.objectContaining({ method: 'GET', status: 200 }),
    )
  })

  test.each([{ 'wait-for': 'image' }, { 'wait-for': 'all' }])(
    'that have heard of a deletion after the push prove nothing (%j)',
    async waitFor => {
      const webhooks = REGIONS.map(region => webhook(region, { actions: ['push', 'delete'] }))
      const azure = await startWith(REGIONS, { ...endpointsOff, webhooks })
      const repository = await openRepository(azure, azure.ready.loginServer, REPOSITORY)
      const { digest } = await pushSmallImage(repository, '1.2')
      await eventually(() => REGIONS.every(region => azure.truth.tag(region, REPOSITORY, '1.2') === digest))
      // Its events have been told by now.
      const gate = { push: 'false', digest, ...waitFor }
      expectGreen(azure, await pushImage(azure, '', REGIONS, gate), REGIONS, [REFERENCE])
      await repository.ask(`manifests/${digest}`, { method: 'DELETE' })
      await eventually(() => REGIONS.every(region => azure.truth.tag(region, REPOSITORY, '1.2') === undefined))
      const run = await pushImage(azure, '', REGIONS, { ...gate, ...SHORT })
      expectRed(run, REGIONS)
      expect(replicaOf(run, 'eastus').detail).toMatch(/its webhook has heard that .* was deleted/)
    },
  )

  test('that stay silent a region is never green', async () => {
    const azure = await startWith(REGIONS, {
      ...endpointsOff,
      webhooks: REGIONS.map(region => webhook(region)),
      losses: [{ region: 'canadacentral', kind: 'event' }],
    })
    const run = await pushImage(azure, ONE, REGIONS, SHORT)
    expectRed(run, ['canadacentral'])
    expect(proofs(run)).toMatchObject({ eastus: 'webhook', canadacentral: 'none' })
    expect(replicaOf(run, 'canadacentral').detail).toMatch(/webhook/)
  })

  test('webhook-uri makes them before the push, finds them again, and is told to nobody', async () => {
    const azure = await startWith(['eastus'], endpointsOff)
    const uri = 'https://hooks.contoso.example/acr?code=s3cr3t+k3y%3D&x=1'
    const regions = ['westus', 'eastus', 'japaneast']
    const inputs = { 'webhook-uri': uri }
    const first = await pushImage(azure, ONE, regions, inputs)
    expectGreen(azure, first, regions, [REFERENCE])
    expect(proofs(first)).toEqual({ westus: 'webhook', eastus: 'webhook', japaneast: 'webhook' })
    expect(webhooksWritten(first.requests)).toHaveLength(3)

    const again = await pushImage(azure, ONE, regions, inputs)
    expectGreen(azure, again, regions, [REFERENCE])
    const other = await pushImage(azure, TWO, regions, inputs)
    expectGreen(azure, other, regions, [REFERENCE])
    for (const run of [again, other]) {
      expect(webhooksWritten(run.requests)).toEqual([])
      expect(proofs(run)).toEqual({ westus: 'webhook', eastus: 'webhook', japaneast: 'webhook' })
    }

    for (const run of [first, again, other]) {
      expect(run.masks).toContain(uri)
      // What the runner gets is masked by it; the step itself must not have said it in the first place.
      expect(run.stdout.replace(/^::add-mask::.*$/gm, '')).not.toMatch(/s3cr3t|hooks\.contoso\.example/)
      expect(JSON.stringify(run.outputs)).not.toMatch(/s3cr3t|hooks\.contoso\.example/)
      expect(`${run.log}${run.summary}`).not.toMatch(/s3cr3t|hooks\.contoso\.example|\*\*\*/)
    }
  })
})

describe('without any proof', () => {
  test.each(['Disabled', 'Unknown', 'Absent'] as const)(
    'auto is content with Ready and says so in one warning (regional endpoints: %s)',
    async regionalEndpoints => {
      const azure = await startWith(REGIONS, { registry: { regionalEndpoints } })
      const run = await pushImage(azure, ONE, REGIONS)
      expect(run).toMatchObject({ exitCode: 0, conclusion: 'success', leftovers: [] })
      expect(run.annotations).toHaveLength(1)
      const [warning = ''] = notes(run, 'warning')
      for (const word of [...REGIONS, 'enable-regional-endpoints', 'webhook-uri']) expect(warning).toContain(word)
      expect(proofs(run)).toEqual({ eastus: 'none', canadacentral: 'none' })
      expect(run.replicas.map(({ digest, ready }) => ({ digest, ready }))).toEqual([
        { digest: null, ready: true },
        { digest: null, ready: true },
      ])
      expect(run.outputs).toMatchObject({ ready: 'true', 'ready-regions': REGIONS.join() })
      expect(run.images).toEqual({
        eastus: `${azure.ready.loginServer}/${REFERENCE}`,
        canadacentral: `${azure.ready.loginServer}/${REFERENCE}`,
      })
      expect(run.summary).toContain('Warning')
    },
  )

  const BEYOND = ['eastus', 'canadacentral', 'westeurope']
  /** One endpoint has no name here, the other turns this runner away. */
  const beyondReach = (scenario: ScenarioInput = {}) =>
    startWith(BEYOND, { hiddenHosts: ['canadacentral'], firewall: { deny: ['westeurope'] }, ...scenario })

  test('because a host has no name here or a firewall refuses: auto warns', async () => {
    const azure = await beyondReach()
    const run = await pushImage(azure, ONE, BEYOND)
    expect({ exitCode: run.exitCode, errors: notes(run, 'error') }).toEqual({ exitCode: 0, errors: [] })
    expect(proofs(run)).toEqual({ eastus: 'regional-endpoint', canadacentral: 'none', westeurope: 'none' })
    expect(notes(run, 'warning')).toHaveLength(1)
    const [warning = ''] = notes(run, 'warning')
    for (const region of ['canadacentral', 'westeurope']) expect(warning).toContain(region)
    expect(warning).not.toMatch(/that eastus|eastus,/)
    expect(warning).toMatch(/does not resolve/)
    expect(warning).toMatch(/203\.0\.113\.7|firewall/)
  })

  test('because a host has no name here or a firewall refuses: image is red, unless a webhook can tell', async () => {
    const azure = await beyondReach({ webhooks: [webhook('canadacentral')] })
    const run = await pushImage(azure, ONE, BEYOND, { 'wait-for': 'image' })
    expectRed(run, ['westeurope'])
    expect(replicaOf(run, 'westeurope').detail).toMatch(/203\.0\.113\.7|firewall/)
    expect(notes(run, 'warning')).toEqual([])
    expect(proofs(run)).toEqual({ eastus: 'regional-endpoint', canadacentral: 'webhook', westeurope: 'none' })
  })
})

describe('a tag that moved', () => {
  /** The tag is there with the first content; what is pushed next never reaches it in Japan by itself. */
  const pushedOnce = async () => {
    const azure = await startWith(['eastus', 'japaneast'])
    const old = await pushImage(azure, ONE, ['eastus', 'japaneast'])
    expectGreen(azure, old, ['eastus', 'japaneast'], [REFERENCE])
    azure.update(scenario => (scenario.timing['japaneast'] = { tags: NEVER }))
    return { azure, old: digestOf(old) }
  }

  test('is not green where a region lags: red until it serves the new digest', async () => {
    const { azure, old } = await pushedOnce()
    const red = await pushImage(azure, TWO, ['eastus', 'japaneast'], SHORT)
    expectRed(red, ['japaneast'])
    expect(digestOf(red)).not.toBe(old)
    expect(replicaOf(red, 'japaneast')).toMatchObject({ digest: old, ready: false, proof: 'none' })
    expect(replicaOf(red, 'japaneast').detail).toContain(`still serves ${old}`)
    for (const error of notes(red, 'error')) expect(error).toContain(old)
    expect(azure.truth.tag('japaneast', REPOSITORY, '1.2')).toBe(old)

    const green = await pushImage(
      azure,
      TWO,
      ['eastus', 'japaneast'],
      {},
      {
        onLine: once(/japaneast: tag 1\.2 still serves/, () =>
          azure.tamper.setTag('japaneast', REPOSITORY, '1.2', digestOf(red)),
        ),
      },
    )
    expectGreen(azure, green, ['eastus', 'japaneast'], [REFERENCE])
    expect(green.log).toContain(`still serves ${old}`)
    expect(replicaOf(green, 'japaneast').digest).toBe(digestOf(red))
  })

  test('to an image of somebody else is named as that', async () => {
    const { azure } = await pushedOnce()
    const theirs = digestOf(
      await pushImage(azure, TWO, ['eastus'], { image: `${azure.ready.loginServer}/${REPOSITORY}:other` }),
    )
    await user.build('step-proof/web:3', 1)
    const run = await pushImage(azure, 'step-proof/web:3', ['eastus', 'japaneast'], SHORT, {
      onLine: once(PUSHED, () => azure.tamper.setTag('japaneast', REPOSITORY, '1.2', theirs)),
    })
    await user.forget('step-proof/web:3')
    expectRed(run, ['japaneast'])
    for (const text of [replicaOf(run, 'japaneast').detail, ...notes(run, 'error')]) {
      expect(text).toContain(theirs)
      expect(text).toMatch(/somebody else/)
    }
  })

  test('or content that went after a region was ready: it is not green any more', async () => {
    const spoilt = ['eastus', 'canadacentral', 'westeurope']
    const regions = [...spoilt, 'japaneast']
    const azure = await startWith(regions)
    const old = digestOf(await pushImage(azure, ONE, regions))
    azure.update(scenario => (scenario.timing['japaneast'] = { tags: NEVER }))
    const { tamper } = azure
    const spoil = (digest: string) => {
      const { layers } = JSON.parse(String(azure.truth.manifestBytes('westus', REPOSITORY, digest))) as {
        layers: { digest: string }[]
      }
      tamper.setTag('eastus', REPOSITORY, '1.2', old)
      tamper.loseBlob('canadacentral', REPOSITORY, layers[0]?.digest ?? '')
      tamper.loseManifest('westeurope', REPOSITORY, digest)
      // The last region comes in only now.
      tamper.setTag('japaneast', REPOSITORY, '1.2', digest)
    }
    let pushed = ''
    const ready = new Set<string>()
    const run = await pushImage(azure, TWO, regions, SHORT, {
      onLine: line => {
        pushed = PUSHED.exec(line)?.[1] ?? pushed
        const region = /(\w+): READY/.exec(line)?.[1]
        if (region === undefined || ready.has(region)) return
        ready.add(region)
        if (spoilt.every(each => ready.has(each)) && ready.size === spoilt.length) spoil(pushed)
      },
    })
    expectRed(run, spoilt)
    expect(ready.has('japaneast')).toBe(true)
    for (const region of spoilt) expect(run.log).toContain(`${region}: no longer ready`)
    expect(replicaOf(run, 'eastus').detail).toContain(`serves ${old}`)
    expect(replicaOf(run, 'canadacentral').detail).toMatch(/layers/)
    expect(replicaOf(run, 'westeurope').detail).toMatch(/not there/)
  })
})

describe('what replication loses', () => {
  test('is never green: a layer, a configuration, a tag', async () => {
    const regions = ['westus', 'eastus', 'canadacentral', 'japaneast']
    const azure = await startWith(regions.slice(1), {
      losses: [
        { region: 'eastus', kind: 'layer', nth: 1 },
        { region: 'canadacentral', kind: 'config' },
        { region: 'japaneast', kind: 'tag' },
      ],
    })
    const run = await pushImage(azure, ONE, regions, SHORT)
    expectRed(run, regions.slice(1))
    expect(replicaOf(run, 'eastus').detail).toMatch(/2 of 3 layers/)
    expect(replicaOf(run, 'canadacentral').detail).toMatch(/2 of 3 layers/)
    expect(replicaOf(run, 'japaneast').detail).toMatch(/tag 1\.2 is not there/)
    for (const region of regions) {
      expect(azure.truth.serves(region, REPOSITORY, digestOf(run))).toBe(region === 'westus' || region === 'japaneast')
    }
  })
})

describe('push: false', () => {
  /** A registry with one image, and what happens after it was pushed. */
  const withImage = async (scenario: ScenarioInput = {}, roles?: RoleAssignment[]) => {
    const azure = await startWith(REGIONS, scenario)
    const digest = digestOf(await pushImage(azure, ONE, REGIONS))
    if (roles) azure.update(live => (live.identity.roles = roles))
    return { azure, digest }
  }
  /** No docker is near: none is needed. */
  const gate = (azure: Emulator, inputs: Readonly<Record<string, string>> = {}) =>
    runStep(azure, {
      inputs: {
        image: `${azure.ready.loginServer}/${REFERENCE}`,
        regions: REGIONS.join(),
        push: 'false',
        ...inputs,
      },
      env: { PATH: emptyFolder },
    })

  test('waits for what the tag resolves to, with an identity that may only read, and writes nothing', async () => {
    const { azure, digest } = await withImage({}, [
      { role: 'Container Registry Configuration Reader and Data Access Configuration Reader' },
      { role: 'AcrPull' },
    ])
    const run = await gate(azure)
    expectGreen(azure, run, REGIONS, [REFERENCE])
    expect(run.outputs['digest']).toBe(digest)
    expect(proofs(run)).toEqual({ eastus: 'regional-endpoint', canadacentral: 'regional-endpoint' })
    expect(writesIn(run.requests)).toEqual([])
  })

  test('waits for the digest it is given', async () => {
    const { azure, digest } = await withImage()
    const run = await gate(azure, { digest })
    expectGreen(azure, run, REGIONS, [REFERENCE])
    expect(run.outputs).toMatchObject({ digest, 'image-digest': `${azure.ready.loginServer}/${REPOSITORY}@${digest}` })
    expect(writesIn(run.requests)).toEqual([])
  })

  test('counts events of earlier pushes where only webhooks can tell', async () => {
    const { azure } = await withImage({ ...endpointsOff, webhooks: REGIONS.map(region => webhook(region)) })
    const run = await gate(azure, { 'wait-for': 'image' })
    expectGreen(azure, run, REGIONS, [REFERENCE])
    expect(proofs(run)).toEqual({ eastus: 'webhook', canadacentral: 'webhook' })
  })

  test('is red for a digest that no region has', async () => {
    const { azure } = await withImage()
    const digest = `sha256:${'0'.repeat(64)}`
    const run = await gate(azure, { digest, ...SHORT })
    expectRed(run, REGIONS)
    expect(replicaOf(run, 'eastus').detail).toMatch(/not there/)
    expect(run.replicas.map(replica => replica.digest)).not.toContain(digest)
  })

  test('is an error at once for an image that is not in the registry', async () => {
    const { azure } = await withImage()
    const run = await gate(azure, { image: `${azure.ready.loginServer}/${REPOSITORY}:none` })
    expect(run.exitCode).toBe(1)
    expect(notes(run, 'error').join('\n')).toMatch(/no image contoso\.localhost:\d+\/public\/products\/web:none/)
    expect(run.outputs).toMatchObject({ ready: 'false', 'pending-regions': REGIONS.join() })
  })

  test('does without Azure Resource Manager where the references name the regional endpoints, and says what it did not check', async () => {
    const { azure, digest } = await withImage({}, [{ role: 'AcrPull' }])
    const image = REGIONS.map(region => `${azure.regionalEndpoint(region)}/${REFERENCE}`).join('\n')
    const run = await gate(azure, { image, digest })
    expect({ exitCode: run.exitCode, log: run.log }).toMatchObject({ exitCode: 0 })
    expect(proofs(run)).toEqual({ eastus: 'regional-endpoint', canadacentral: 'regional-endpoint' })
    expect(notes(run, 'warning').join('\n')).toMatch(/[Nn]ot checked.*replica/s)
    expect(run.outputs).toMatchObject({ ready: 'true', digest })

    const other = await gate(azure, { image, digest: `sha256:${'0'.repeat(64)}`, ...SHORT })
    expectRed(other, REGIONS)
  })
})

describe('the push', () => {
  test.each([
    ['a region', 'Canada Central', 'canadacentral'],
    ['the home region', 'westus', 'westus'],
  ])('goes through the regional endpoint of %s when it is pinned, and nowhere else', async (_, name, region) => {
    const azure = await startWith(REGIONS)
    const run = await pushImage(azure, ONE, REGIONS, { 'push-endpoint': name })
    expectGreen(azure, run, REGIONS, [REFERENCE])
    const registry = run.requests.filter(({ service }) => service === 'registry')
    expect(hostsUploadedTo(registry)).toEqual([azure.regionalEndpoint(region)])
    const { loginServer } = azure.ready
    expect(run.outputs).toMatchObject({
      image: `${loginServer}/${REFERENCE}`,
      'image-digest': `${loginServer}/${REPOSITORY}@${digestOf(run)}`,
      'login-server': loginServer,
    })
  })

  test('that the login server scatters over two replicas heals through the endpoint of the home region', async () => {
    const azure = await startWith(REGIONS, {
      routing: { mode: 'bounce', region: 'eastus', probability: 1, of: 'manifests' },
    })
    const run = await pushImage(azure, ONE, REGIONS)
    expectGreen(azure, run, REGIONS, [REFERENCE])
    const manifests = manifestsPut(run.requests)
    expect(manifests[0]).toEqual({ name: `${azure.ready.loginServer} ${REFERENCE}`, status: 400 })
    expect(manifests.at(-1)).toEqual({ name: `${azure.regionalEndpoint('westus')} ${REFERENCE}`, status: 201 })
    expect(run.log).toMatch(/manifest blob unknown|MANIFEST_BLOB_UNKNOWN|blob unknown/i)
    expect(run.outputs['image']).toBe(`${azure.ready.loginServer}/${REFERENCE}`)
  })

  test('that was scattered heals by itself without regional endpoints', async () => {
    const azure = await startWith(REGIONS, {
      ...endpointsOff,
      faults: [
        {
          match: { service: 'registry', method: 'PUT', path: '/manifests/' },
          count: 1,
          action: {
            status: 400,
            body: { errors: [{ code: 'MANIFEST_BLOB_UNKNOWN', message: 'blob unknown to registry' }] },
          },
        },
      ],
    })
    const run = await pushImage(azure, ONE, REGIONS, { 'wait-for': 'replica' })
    expect({ exitCode: run.exitCode, errors: notes(run, 'error') }).toEqual({ exitCode: 0, errors: [] })
    expect(manifestsPut(run.requests).map(({ status }) => status)).toEqual([400, 201])
  })
})
