import { createHmac, randomBytes, randomUUID } from 'node:crypto'
import { type Progress } from '../geo/provisioning.ts'

/** Something that takes time; polled at a signed address. */
export interface Operation {
  readonly id: string
  readonly progress: Progress
}

/** Long-running operations and their addresses: about 3.5 KB each, signed, to be followed to the letter. */
export class Operations {
  readonly #operations = new Map<string, Operation>()
  readonly #secret = randomBytes(32)
  /** Stands for the signing certificate that Azure puts in the address. */
  readonly #certificate = randomBytes(2300).toString('base64url')

  /** `kind`: replications, registries or webhooks. */
  start(kind: string, progress: Progress): Operation {
    const operation = { id: `${kind}-${randomUUID()}`, progress }
    this.#operations.set(operation.id, operation)
    return operation
  }

  find(id: string): Operation | undefined {
    return this.#operations.get(id)
  }

  /** The query that makes `path` an address that may be polled. */
  sign(path: string, version: string): string {
    const t = String(638_000_000_000_000_000n + BigInt(Date.now()) * 10_000n)
    const s = this.#signature(path, version, t)
    const h = createHmac('sha256', this.#secret).update(s).digest('base64url')
    return `${path}?api-version=${version}&t=${t}&c=${this.#certificate}&s=${s}&h=${h}`
  }

  /** Was this address signed here, and left as it was? */
  isSigned(url: URL): boolean {
    const query = (name: string) => url.searchParams.get(name) ?? ''
    const expected = this.#signature(url.pathname, query('api-version'), query('t'))
    const h = createHmac('sha256', this.#secret).update(expected).digest('base64url')
    return query('s') === expected && query('h') === h && query('c') === this.#certificate
  }

  #signature(path: string, version: string, t: string): string {
    const part = createHmac('sha512', this.#secret).update(`${path}\n${version}\n${t}`).digest()
    return Buffer.concat(Array.from({ length: 4 }, () => part)).toString('base64url')
  }
}
