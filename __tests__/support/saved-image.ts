import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Run, mustSucceed } from './command.ts'

/** What an image consists of, by the hashes of its bytes. */
export interface SavedImage {
  readonly config: string
  readonly layers: readonly string[]
}

/** Takes an image out of the engine (`docker save`) and hashes its configuration and every layer. */
export async function saveImage(run: Run, reference: string): Promise<SavedImage> {
  const folder = await mkdtemp(join(tmpdir(), 'saved-image-'))
  const must = mustSucceed(run)
  try {
    await must('docker', ['save', '--output', join(folder, 'image.tar'), reference])
    await must('tar', ['--extract', '--file', join(folder, 'image.tar'), '--directory', folder])
    const hash = async (file: string) =>
      createHash('sha256')
        .update(await readFile(join(folder, file)))
        .digest('hex')
    const manifests = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')) as SavedManifest[]
    const [manifest] = manifests
    if (!manifest) throw new Error(`docker saved no image for ${reference}`)
    return { config: await hash(manifest.Config), layers: await Promise.all(manifest.Layers.map(hash)) }
  } finally {
    await rm(folder, { recursive: true })
  }
}

interface SavedManifest {
  readonly Config: string
  readonly Layers: readonly string[]
}
