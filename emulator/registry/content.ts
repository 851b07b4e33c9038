import { createReadStream, existsSync, linkSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Readable } from 'node:stream'
import { blobsOf, type Manifest } from './manifest.ts'

export interface Tag {
  digest: string
  /** When it was set where it was pushed, milliseconds since 1970: across replicas the last writer wins. */
  at: number
}

interface Repository {
  readonly blobs: Set<string>
  readonly manifests: Map<string, Manifest & { at: number }>
  readonly tags: Map<string, Tag>
}

/** What one replica stores: blobs as files of its own folder, manifests and tags in memory, by repository. */
export class Content {
  readonly #folder: string
  readonly #repositories = new Map<string, Repository>()

  constructor(folder: string) {
    this.#folder = folder
    mkdirSync(folder, { recursive: true })
  }

  get repositories(): string[] {
    return [...this.#repositories].filter(([, { manifests }]) => manifests.size > 0).map(([name]) => name)
  }

  hasBlob(repository: string, digest: string): boolean {
    return this.#at(repository)?.blobs.has(digest) === true && existsSync(this.#path(digest))
  }

  /** Bytes. */
  blobSize(digest: string): number {
    return statSync(this.#path(digest)).size
  }

  /** Bytes from `start` to `end`, both included. */
  readBlob(digest: string, start?: number, end?: number): Readable {
    return createReadStream(this.#path(digest), {
      ...(start === undefined ? {} : { start }),
      ...(end === undefined ? {} : { end }),
    })
  }

  /** Takes a finished upload over; the file is moved. */
  takeBlob(repository: string, digest: string, file: string): void {
    renameSync(file, this.#path(digest))
    this.#made(repository).blobs.add(digest)
  }

  /** Makes a blob of another repository of this replica known in this one. */
  mountBlob(repository: string, digest: string): void {
    this.#made(repository).blobs.add(digest)
  }

  /** Copies a blob from another replica (a hard link: blobs never change). */
  copyBlob(from: Content, repository: string, digest: string): void {
    // Either replica may have been taken away meanwhile.
    if (!existsSync(this.#folder) || !existsSync(from.#path(digest))) return
    if (!existsSync(this.#path(digest))) linkSync(from.#path(digest), this.#path(digest))
    this.#made(repository).blobs.add(digest)
  }

  deleteBlob(repository: string, digest: string): void {
    this.#at(repository)?.blobs.delete(digest)
    const used = [...this.#repositories.values()].some(({ blobs }) => blobs.has(digest))
    if (!used) rmSync(this.#path(digest), { force: true })
  }

  manifest(repository: string, digest: string): Manifest | undefined {
    return this.#at(repository)?.manifests.get(digest)
  }

  manifests(repository: string): (Manifest & { at: number })[] {
    return [...(this.#at(repository)?.manifests.values() ?? [])]
  }

  putManifest(repository: string, manifest: Manifest, at: number): void {
    const { manifests } = this.#made(repository)
    if (!manifests.has(manifest.digest)) manifests.set(manifest.digest, { ...manifest, at })
  }

  /** Takes a manifest and every tag on it out. */
  deleteManifest(repository: string, digest: string): void {
    const found = this.#at(repository)
    found?.manifests.delete(digest)
    for (const [tag, { digest: tagged }] of found?.tags ?? []) if (tagged === digest) found?.tags.delete(tag)
  }

  tag(repository: string, tag: string): Tag | undefined {
    return this.#at(repository)?.tags.get(tag)
  }

  tags(repository: string): [string, Tag][] {
    return [...(this.#at(repository)?.tags ?? [])].sort(([a], [b]) => (a < b ? -1 : 1))
  }

  /** Sets a tag, unless a later writer already did. True when it changed. */
  setTag(repository: string, tag: string, next: Tag): boolean {
    const { tags } = this.#made(repository)
    const before = tags.get(tag)
    if (before && before.at > next.at) return false
    tags.set(tag, next)
    return before?.digest !== next.digest
  }

  deleteTag(repository: string, tag: string): void {
    this.#at(repository)?.tags.delete(tag)
  }

  /** Can the whole image be pulled from here: manifest, children, every blob? */
  complete(repository: string, digest: string): boolean {
    const manifest = this.manifest(repository, digest)
    if (!manifest) return false
    return (
      blobsOf(manifest).every(blob => this.hasBlob(repository, blob)) &&
      manifest.references.children.every(child => this.complete(repository, child))
    )
  }

  #at(repository: string): Repository | undefined {
    return this.#repositories.get(repository)
  }

  #made(repository: string): Repository {
    let found = this.#at(repository)
    if (!found)
      this.#repositories.set(repository, (found = { blobs: new Set(), manifests: new Map(), tags: new Map() }))
    return found
  }

  #path(digest: string): string {
    return join(this.#folder, digest.replace(':', '-'))
  }
}
