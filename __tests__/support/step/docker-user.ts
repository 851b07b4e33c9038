import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildImage } from '../../../demo/image.ts'
import { type Emulator } from '../../../emulator/index.ts'
import { type Engine } from '../../../scripts/engine/ensure-engine.ts'
import { acrRefreshToken, TOKEN_USER } from '../acr-sign-in.ts'
import { mustSucceed, type Run, runIn } from '../command.ts'
import { saveImage, type SavedImage } from '../saved-image.ts'

/** Somebody with a docker command: builds images before a step, pulls them after it. */
export interface DockerUser {
  readonly run: Run
  /** `docker ARGS`, which must succeed; its standard output. */
  docker(...args: readonly string[]): Promise<string>
  /** Builds a small new image and returns its id. */
  build(reference: string, layers?: number): Promise<string>
  /** Takes an image with all its names out of the engine, so that the next pull brings every byte. */
  forget(image: string): Promise<void>
  /** Pulls an image by digest from every region in turn, each time anew, and tells what came. */
  pullFromEach(azure: Emulator, regions: readonly string[], name: string): Promise<PulledImage[]>
}

/** An image as one region handed it out. */
export interface PulledImage {
  readonly region: string
  readonly image: SavedImage
  /** Blobs the region itself sent. */
  readonly blobs: number
}

/** A user of the engine of this test run, or of another one. */
export function dockerUser(engine?: Pick<Engine, 'env' | 'buildx'>): DockerUser {
  const run = runIn(engine?.env ?? {})
  const must = mustSucceed(run)
  const docker: DockerUser['docker'] = (...args) => must('docker', args)
  return {
    run,
    docker,
    build: (reference, layers = 2) => buildImage({ reference, layers, bytesPerLayer: 4096 }, engine),
    async forget(image) {
      await docker('image', 'rm', '--force', await idOf(docker, image))
      // What the builder remembers would spare the engine from fetching it.
      if (engine?.buildx !== undefined) await docker('builder', 'prune', '--all', '--force')
    },
    async pullFromEach(azure, regions, name) {
      const folder = await mkdtemp(join(tmpdir(), 'docker-config-'))
      const pulled: PulledImage[] = []
      try {
        for (const region of regions) {
          const host =
            azure.regionalEndpoint(region) ?? azure.directAddress(region) ?? `no-replica-in-${region}.invalid`
          await writeFile(join(folder, 'config.json'), await signedIn(azure, host))
          const before = azure.requests.length
          const reference = `${host}/${name}`
          await must('docker', ['--config', folder, 'pull', reference])
          pulled.push({
            region,
            image: await saveImage(run, reference),
            blobs: blobsSent(azure, region, before),
          })
          await docker('image', 'rm', '--force', await idOf(docker, reference))
        }
        return pulled
      } finally {
        await rm(folder, { recursive: true })
      }
    },
  }
}

async function idOf(docker: DockerUser['docker'], image: string): Promise<string> {
  return (await docker('image', 'inspect', '--format', '{{.Id}}', image)).trim()
}

/** A docker configuration that is signed in to one host, as `az acr login` leaves it. */
async function signedIn({ ready }: Emulator, host: string): Promise<string> {
  const identitytoken = await acrRefreshToken(ready, ready.loginServer)
  return JSON.stringify({
    auths: { [host]: { auth: Buffer.from(`${TOKEN_USER}:`).toString('base64'), identitytoken } },
  })
}

function blobsSent({ requests }: Emulator, region: string, since: number): number {
  const sent = requests
    .slice(since)
    .filter(request => request.region === region && request.method === 'GET' && request.status === 200)
    .flatMap(({ path }) => /\/data\/.*(sha256:[0-9a-f]+)/.exec(path)?.[1] ?? [])
  return new Set(sent).size
}
