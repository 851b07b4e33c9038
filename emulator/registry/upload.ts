import { createHash, randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/** A blob on its way in: a file that grows, hashed as it grows. */
export class Upload {
  readonly id = randomUUID()
  readonly repository: string
  readonly file: string
  #size = 0
  readonly #hash = createHash('sha256')

  constructor(repository: string, folder: string) {
    this.repository = repository
    this.file = join(folder, `upload-${this.id}`)
  }

  /** Bytes so far. */
  get size(): number {
    return this.#size
  }

  /** Appends what the stream brings; what came before a broken connection stays. */
  async append(source: Readable): Promise<void> {
    const meter = new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        this.#size += chunk.length
        this.#hash.update(chunk)
        done(null, chunk)
      },
    })
    await pipeline(source, meter, createWriteStream(this.file, { flags: 'a' }))
  }

  /** Is this the digest of all that came? */
  async matches(digest: string): Promise<boolean> {
    const [algorithm = '', hex] = digest.split(':')
    if (algorithm === 'sha256') return this.#hash.copy().digest('hex') === hex
    const hash = createHash(algorithm)
    if (this.#size > 0) await pipeline(createReadStream(this.file), hash)
    return hash.digest('hex') === hex
  }

  discard(): void {
    rmSync(this.file, { force: true })
  }
}
