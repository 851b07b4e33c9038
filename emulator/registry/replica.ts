import { randomBytes } from 'node:crypto'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Content } from './content.ts'
import { type Upload } from './upload.ts'

/** The data side of one replica: its content, its unfinished uploads, and the address it is served at. */
export class Replica {
  readonly region: string
  readonly content: Content
  readonly uploads = new Map<string, Upload>()
  /** Signs addresses of the data host. */
  readonly secret = randomBytes(32)
  readonly folder: string
  /** Port of its own server. */
  port = 0

  constructor(region: string, parent: string) {
    this.region = region
    this.folder = join(parent, region)
    mkdirSync(this.folder, { recursive: true })
    this.content = new Content(join(this.folder, 'blobs'))
  }

  discard(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}
