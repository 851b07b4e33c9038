import { execFile } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Engine } from '../scripts/engine/ensure-engine.ts'

const run = promisify(execFile)

/** The image to build. */
export interface ImagePlan {
  readonly reference: string
  readonly layers?: number
  readonly bytesPerLayer?: number
  /** The same seed gives the same files; by default every image is a new one. */
  readonly seed?: string
}

/** Builds a small image of several layers, from nothing but what we write, on any engine, and returns its id. */
export async function buildImage(
  plan: ImagePlan,
  engine: Partial<Pick<Engine, 'env' | 'buildx'>> = {},
): Promise<string> {
  const context = await mkdtemp(join(tmpdir(), 'acr-geo-push-image-'))
  try {
    await writeContext(context, plan)
    const env = { ...process.env, ...engine.env }
    const args = ['build', '--tag', plan.reference, context]
    if (engine.buildx !== undefined) {
      await run(engine.buildx, [...args, '--load'], { env: { ...env, BUILDX_CONFIG: join(context, '.buildx') } })
    } else {
      // The classic store's own builder: it needs no plugin, and keeps no cache that would outlive the image.
      await run('docker', args, { env: { ...env, DOCKER_BUILDKIT: '0' } })
    }
    const { stdout } = await run('docker', ['image', 'inspect', '--format', '{{.Id}}', plan.reference], { env })
    return stdout.trim()
  } finally {
    await rm(context, { recursive: true })
  }
}

/** Removes an image from an engine that may outlive us. */
export async function removeImage(reference: string, engine: Partial<Pick<Engine, 'env'>> = {}): Promise<void> {
  await run('docker', ['image', 'rm', '--force', reference], { env: { ...process.env, ...engine.env } })
}

async function writeContext(folder: string, { layers = 4, bytesPerLayer = 256 << 10, seed = randomUUID() }: ImagePlan) {
  const files = Array.from({ length: layers }, (_, index) => `layer-${index + 1}.bin`)
  for (const file of files) await writeFile(join(folder, file), noise(`${seed}/${file}`, bytesPerLayer))
  const dockerfile = [
    'FROM scratch',
    ...files.map(file => `COPY ${file} /srv/web/${file}`),
    `LABEL org.opencontainers.image.title="web" org.opencontainers.image.version="1.2"`,
    'EXPOSE 8080',
    'CMD ["/srv/web"]',
  ]
  await writeFile(join(folder, 'Dockerfile'), `${dockerfile.join('\n')}\n`)
  await writeFile(join(folder, '.dockerignore'), '.buildx\n')
}

/** Bytes that look random, do not compress, and depend on the seed alone. */
function noise(seed: string, length: number): Buffer {
  return createHash('shake256', { outputLength: length }).update(seed).digest()
}
