import { createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type IncomingHttpHeaders } from 'node:http'
import { Agent, request } from 'node:https'
import { ContainerRegistryManagementClient } from '@azure/arm-containerregistry'
import { ClientSecretCredential } from '@azure/identity'
import { jest } from '@jest/globals'
import { type Emulator, type ScenarioInput, startEmulator } from '../../emulator/index.ts'

/** Generous, for machines with much else to do; what is waited for mostly takes milliseconds. */
jest.setTimeout(60_000)

/** An answer as it came over the wire. */
export interface Reply {
  status: number
  headers: IncomingHttpHeaders
  body: Buffer
  /** The body as JSON. */
  json: <T = Record<string, unknown>>() => T
}

export interface Ask {
  method?: string
  headers?: Record<string, string>
  body?: string | Buffer | URLSearchParams
}

const agents = new WeakMap<Emulator, Agent>()

function agentOf(emulator: Emulator): Agent {
  let agent = agents.get(emulator)
  if (!agent) agents.set(emulator, (agent = new Agent({ ca: readFileSync(emulator.ready.caFile), keepAlive: true })))
  return agent
}

/** One real HTTPS request that trusts the emulator's authority and no other. */
export function ask(emulator: Emulator, url: string, { method = 'GET', headers = {}, body }: Ask = {}): Promise<Reply> {
  const form = body instanceof URLSearchParams ? { 'content-type': 'application/x-www-form-urlencoded' } : {}
  const payload = body instanceof URLSearchParams ? body.toString() : body
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method, headers: { ...form, ...headers }, agent: agentOf(emulator) }, response => {
      const chunks: Buffer[] = []
      response.on('error', reject)
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        const bytes = Buffer.concat(chunks)
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: bytes,
          json: <T>() => JSON.parse(bytes.toString('utf8')) as T,
        })
      })
    })
    outgoing.on('error', reject)
    outgoing.end(payload)
  })
}

const tlsOptions = (emulator: Emulator) => ({ ca: readFileSync(emulator.ready.caFile) })

/** The real credential of @azure/identity against the emulator's Entra ID. */
export function credential(emulator: Emulator, secret = emulator.ready.clientSecret): ClientSecretCredential {
  const { tenantId, clientId, authorityHost } = emulator.ready
  return new ClientSecretCredential(tenantId, clientId, secret, {
    authorityHost,
    disableInstanceDiscovery: true,
    tlsOptions: tlsOptions(emulator),
  })
}

/** The real ARM client. */
export function armClient(emulator: Emulator): ContainerRegistryManagementClient {
  return new ContainerRegistryManagementClient(credential(emulator), emulator.ready.subscriptionId, {
    endpoint: emulator.ready.resourceManagerEndpoint,
    tlsOptions: tlsOptions(emulator),
  })
}

/** A token of the emulator's Entra ID for a resource, by client secret. */
export async function entraToken(emulator: Emulator, resource: string): Promise<string> {
  const { authorityHost, tenantId, clientId, clientSecret } = emulator.ready
  const reply = await ask(emulator, `${authorityHost}/${tenantId}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret,
      scope: `${resource}/.default`,
    }),
  })
  return reply.json<{ access_token: string }>().access_token
}

export const registryAudience = 'https://containerregistry.azure.net'
export const armAudience = 'https://management.azure.com'

/** POST /oauth2/exchange on a host. */
export function exchange(emulator: Emulator, host: string, accessToken: string): Promise<Reply> {
  return ask(emulator, `https://${host}/oauth2/exchange`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'access_token',
      service: emulator.ready.loginServer,
      access_token: accessToken,
    }),
  })
}

/** The whole way from Entra to an access token for one repository. */
export async function registryToken(emulator: Emulator, host: string, scope: string): Promise<string> {
  const exchanged = await exchange(emulator, host, await entraToken(emulator, registryAudience))
  const reply = await ask(emulator, `https://${host}/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'refresh_token',
      service: emulator.ready.loginServer,
      scope,
      refresh_token: exchanged.json<{ refresh_token: string }>().refresh_token,
    }),
  })
  return reply.json<{ access_token: string }>().access_token
}

/** A client of one repository on one host. */
export interface Repository {
  readonly name: string
  ask: (path: string, options?: Ask) => Promise<Reply>
  putBlob: (bytes: Buffer) => Promise<string>
  putManifest: (manifest: object, reference?: string) => Promise<{ digest: string; reply: Reply }>
}

export async function openRepository(emulator: Emulator, host: string, name: string): Promise<Repository> {
  const token = await registryToken(emulator, host, `repository:${name}:pull,push,delete`)
  const inRepository = (path: string, { headers, ...rest }: Ask = {}) =>
    ask(emulator, `https://${host}/v2/${name}/${path}`, {
      ...rest,
      headers: { authorization: `Bearer ${token}`, ...headers },
    })
  return {
    name,
    ask: inRepository,
    putBlob: async bytes => {
      const digest = digestOf(bytes)
      const started = await inRepository('blobs/uploads/', { method: 'POST' })
      const location = String(started.headers.location)
      await ask(emulator, `https://${host}${location}&digest=${digest}`, {
        method: 'PUT',
        body: bytes,
        headers: { authorization: `Bearer ${token}` },
      })
      return digest
    },
    putManifest: async (manifest, reference) => {
      const bytes = Buffer.from(JSON.stringify(manifest))
      const digest = digestOf(bytes)
      const { mediaType } = manifest as { mediaType: string }
      const reply = await inRepository(`manifests/${reference ?? digest}`, {
        method: 'PUT',
        body: bytes,
        headers: { 'content-type': mediaType },
      })
      return { digest, reply }
    },
  }
}

export function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

export const ociManifest = 'application/vnd.oci.image.manifest.v1+json'
export const ociIndex = 'application/vnd.oci.image.index.v1+json'

/** Pushes a small image (config and two layers, random unless given) and answers its digest and its blobs. */
export async function pushImage(repository: Repository, tag?: string, layers = [randomBytes(600), randomBytes(300)]) {
  const config = Buffer.from(
    JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [] } }),
  )
  const descriptors = await Promise.all(
    layers.map(async layer => ({
      mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
      digest: await repository.putBlob(layer),
      size: layer.length,
    })),
  )
  const manifest = {
    schemaVersion: 2,
    mediaType: ociManifest,
    config: {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: await repository.putBlob(config),
      size: config.length,
    },
    layers: descriptors,
  }
  const { digest, reply } = await repository.putManifest(manifest, tag)
  return { digest, reply, layers: descriptors.map(layer => layer.digest), config: manifest.config.digest, manifest }
}

/** Pushes an index of two images, children first. */
export async function pushIndex(repository: Repository, tag: string) {
  const children = [await pushImage(repository), await pushImage(repository)]
  const index = {
    schemaVersion: 2,
    mediaType: ociIndex,
    manifests: children.map(({ digest, manifest }) => ({
      mediaType: ociManifest,
      digest,
      size: JSON.stringify(manifest).length,
    })),
  }
  const { digest, reply } = await repository.putManifest(index, tag)
  return { digest, reply, children }
}

/** Waits until something holds, at most so many seconds. */
export async function until(holds: () => boolean | Promise<boolean>, seconds = 20): Promise<void> {
  const end = Date.now() + seconds * 1000
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`still not so after ${seconds} s: ${holds.toString()}`)
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}

/** Runs something against an emulator of its own, and stops that whatever happens. */
export async function withEmulator<T>(scenario: ScenarioInput, run: (emulator: Emulator) => Promise<T>): Promise<T> {
  const emulator = await startEmulator(scenario)
  try {
    return await run(emulator)
  } finally {
    await emulator.stop()
  }
}
