import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildImage } from '../../demo/image.ts'
import { type Emulator, type RequestRecord, startEmulator } from '../../emulator/index.ts'
import { type Engine, ensureEngine } from '../../scripts/engine/ensure-engine.ts'
import { ensureCommand } from '../../scripts/ensure-command.ts'
import { acrRefreshToken, TOKEN_USER } from '../support/acr-sign-in.ts'
import { mustSucceed, type Run, runIn } from '../support/command.ts'
import { eventually } from '../support/eventually.ts'
import { saveImage } from '../support/saved-image.ts'

const REPOSITORY = 'public/products/web'
/** The containerd store pushes an index, which holds an attestation beside the image. */
const PUSHED_AS = {
  classic: 'application/vnd.docker.distribution.manifest.v2+json',
  containerd: 'application/vnd.oci.image.index.v1+json',
}
const REGIONS = ['westus', 'eastus', 'canadacentral']

interface Manifest {
  readonly mediaType: string
}

let azure: Emulator
let configFolder: string
beforeAll(async () => {
  azure = await startEmulator()
  configFolder = await mkdtemp(join(tmpdir(), 'docker-config-'))
})
afterAll(async () => {
  await azure.stop()
  await rm(configFolder, { recursive: true })
})

const regionHost = (region: string) => azure.regionalEndpoint(region) ?? `no regional endpoint in ${region}`
const replicated = (digest: string) =>
  eventually(() => REGIONS.every(region => azure.truth.serves(region, REPOSITORY, digest)))

/** Digests of the blobs that a region has handed out. */
const blobsFetched = (region: string, requests: readonly RequestRecord[]) =>
  new Set(
    requests
      .filter(request => request.region === region && request.method === 'GET' && request.status === 200)
      .flatMap(request => /\/(sha256:[0-9a-f]+)\?se=/.exec(request.path)?.[1] ?? []),
  )

describe.each(['classic', 'containerd'] as const)('docker with the %s image store', store => {
  let engine: Engine
  let run: Run
  let must: ReturnType<typeof mustSucceed>
  const config = () => join(configFolder, store)
  const signIn = async (host: string) =>
    must('docker', ['login', host, '-u', TOKEN_USER, '--password-stdin'], await acrRefreshToken(azure.ready, host))
  /** Pushes a new image and returns its digest, as docker tells it. */
  const push = async (reference: string) => {
    await buildImage({ reference }, engine)
    return /digest: (sha256:[0-9a-f]{64})/.exec(await must('docker', ['push', reference]))?.[1] ?? 'no digest'
  }

  beforeAll(async () => {
    engine = await ensureEngine({ store, caFile: azure.ready.bundleFile })
    run = runIn({ ...engine.env, DOCKER_CONFIG: config() })
    must = mustSucceed(run)
  })
  afterAll(() => engine.stop())

  const storedSignIns = async () => {
    const text = await readFile(join(config(), 'config.json'), 'utf8').catch(() => '{}')
    return (JSON.parse(text) as { auths?: Record<string, { auth: string; identitytoken?: string }> }).auths ?? {}
  }

  test('signs in with a refresh token, and keeps a token instead of the password', async () => {
    const { loginServer } = azure.ready
    expect(await signIn(loginServer)).toContain('Login Succeeded')
    const { [loginServer]: stored, ...others } = await storedSignIns()
    expect(others).toEqual({})
    expect(stored?.identitytoken).toMatch(/^ey/)
    expect(Buffer.from(stored?.auth ?? '', 'base64').toString()).toBe(`${TOKEN_USER}:`)
  })

  test('is refused with a wrong password', async () => {
    const host = regionHost('eastus')
    const { code } = await run('docker', ['login', host, '-u', TOKEN_USER, '--password-stdin'], 'wrong')
    expect(code).toBe(1)
    expect(Object.keys(await storedSignIns())).not.toContain(host)
  })

  test('pushes once, and pulls the same bytes from every region', async () => {
    const reference = `${azure.ready.loginServer}/${REPOSITORY}:1.2-${store}`
    await signIn(azure.ready.loginServer)
    const digest = await push(reference)
    const { mediaType } = JSON.parse(String(azure.truth.manifestBytes('westus', REPOSITORY, digest))) as Manifest
    expect(mediaType).toBe(PUSHED_AS[store])
    const pushed = await saveImage(run, reference)
    expect(pushed.layers).toHaveLength(4)
    await must('docker', ['image', 'rm', reference])
    // What the builder remembers would spare the engine from fetching it. (An engine that isn't ours builds without.)
    if (!engine.borrowed) await must('docker', ['builder', 'prune', '--all', '--force'])
    await replicated(digest)

    for (const region of REGIONS) {
      await signIn(regionHost(region))
      const regional = `${regionHost(region)}/${REPOSITORY}@${digest}`
      const before = azure.requests.length
      await must('docker', ['pull', regional])
      expect(await saveImage(run, regional)).toEqual(pushed)
      expect(blobsFetched(region, azure.requests.slice(before)).size).toBeGreaterThanOrEqual(pushed.layers.length)
      await must('docker', ['image', 'rm', regional])
    }
  })

  test('a sign-in to the login server does not count for a region', async () => {
    await rm(config(), { recursive: true })
    const digest = await pushAnew()
    const { code, stderr } = await run('docker', ['pull', `${regionHost('eastus')}/${REPOSITORY}@${digest}`])
    expect(code).toBe(1)
    expect(stderr).toMatch(/unauthorized|authentication required|401/i)
  })

  const pushAnew = async () => {
    await signIn(azure.ready.loginServer)
    const digest = await push(`${azure.ready.loginServer}/${REPOSITORY}:anew-${store}`)
    await replicated(digest)
    return digest
  }
})

describe('skopeo', () => {
  let must: ReturnType<typeof mustSucceed>
  let folder: string
  beforeAll(async () => {
    await ensureCommand('skopeo')
    must = mustSucceed(runIn({ SSL_CERT_FILE: azure.ready.bundleFile }))
    folder = await mkdtemp(join(tmpdir(), 'skopeo-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  const credentials = async (host: string) => `${TOKEN_USER}:${await acrRefreshToken(azure.ready, host)}`
  const filesIn = async (path: string) =>
    Promise.all((await readdir(path)).sort().map(async name => [name, await readFile(join(path, name), 'base64')]))

  test('inspects an image, and copies it out of a region, in again and out of another one unchanged', async () => {
    const { loginServer } = azure.ready
    const reference = `${loginServer}/${REPOSITORY}:skopeo`
    const image = await buildImage({ reference })
    const archive = join(folder, 'image.tar')
    await must('docker', ['save', '--output', archive, reference])
    const skopeo = (command: string, ...args: string[]) => must('skopeo', ['--insecure-policy', command, ...args])

    await skopeo(
      'copy',
      '--dest-creds',
      await credentials(loginServer),
      `docker-archive:${archive}`,
      `docker://${reference}`,
    )
    const home = await credentials(regionHost('westus'))
    const inspected = JSON.parse(
      await skopeo('inspect', '--creds', home, `docker://${regionHost('westus')}/${REPOSITORY}:skopeo`),
    ) as { Digest: string; Layers: string[]; RepoTags: string[] }
    expect(inspected.Layers).toHaveLength(4)
    expect(inspected.RepoTags).toContain('skopeo')
    await replicated(inspected.Digest)

    const out = async (region: string, name: string, to: string) => {
      const source = `docker://${regionHost(region)}/${name}@${inspected.Digest}`
      await skopeo('copy', '--src-creds', await credentials(regionHost(region)), source, `dir:${join(folder, to)}`)
      return filesIn(join(folder, to))
    }
    const first = await out('eastus', REPOSITORY, 'first')
    expect(first.map(([name]) => name)).toContain(image.replace('sha256:', ''))
    expect(Buffer.from(first.find(([name]) => name === 'manifest.json')?.[1] ?? '', 'base64')).toEqual(
      azure.truth.manifestBytes('westus', REPOSITORY, inspected.Digest),
    )

    const copy = `${loginServer}/team/copy:1`
    await skopeo(
      'copy',
      '--dest-creds',
      await credentials(loginServer),
      `dir:${join(folder, 'first')}`,
      `docker://${copy}`,
    )
    await eventually(() => azure.truth.serves('canadacentral', 'team/copy', inspected.Digest))
    expect(await out('canadacentral', 'team/copy', 'second')).toEqual(first)
  })
})
