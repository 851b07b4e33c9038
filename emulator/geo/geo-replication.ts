import { type Content } from '../registry/content.ts'
import { blobsOf, isIndex, type Manifest } from '../registry/manifest.ts'
import { type Deletion, type Push } from '../registry/oci/oci-context.ts'
import { type Replica } from '../registry/replica.ts'
import { type Loss, type Scenario } from '../scenario.ts'
import { type Schedule } from '../schedule.ts'
import { timingOf } from '../timing.ts'
import { type Registry } from './registry.ts'
import { covers, deletionContent, pushContent } from './webhook-record.ts'
import { sendEvent } from './webhook-sender.ts'

/** Copies what one replica received to the others, late and in steps: blobs, manifest, tag, webhook event. */
export class GeoReplication {
  readonly #registry: Registry
  readonly #scenario: Scenario
  readonly #schedule: Schedule

  constructor(registry: Registry, scenario: Scenario, schedule: Schedule) {
    this.#registry = registry
    this.#scenario = scenario
    this.#schedule = schedule
  }

  /** A replica received a manifest: its own event, and the way to every other replica. */
  pushed(push: Push): void {
    void this.#announce(push.region, push)
    for (const replica of this.#registry.replicas.values()) {
      if (replica.region === push.region) continue
      if (push.changed) void this.#ship(replica, push)
      else if (this.#scenario.repushEvents === 'everywhere') void this.#announce(replica.region, push)
    }
  }

  /** A replica deleted something: the others follow. */
  deleted(deletion: Deletion): void {
    const { region, repository, digest, tag } = deletion
    void this.#announce(region, deletion)
    for (const replica of this.#registry.replicas.values()) {
      if (replica.region === region) continue
      this.#schedule.after(timingOf(this.#scenario, replica.region).tags, () => {
        if (digest !== undefined) replica.content.deleteManifest(repository, digest)
        if (tag !== undefined) replica.content.deleteTag(repository, tag)
        void this.#announce(replica.region, deletion)
      })
    }
  }

  /**
   * Fills a new replica: what was pushed since `since` (while it was being created) goes the way of any push, the older rest is spread over the
   * region's `sync` time. Resolves when the rest is there.
   */
  async backfill(replica: Replica, since: number): Promise<void> {
    const { content: source, region: origin } = this.#registry.home
    const all = source.repositories
      .flatMap(repository => source.manifests(repository).map(manifest => ({ repository, manifest })))
      .sort((a, b) => a.manifest.at - b.manifest.at)
    const isRecent = ({ repository, manifest }: (typeof all)[number]) =>
      manifest.at >= since || tagsOf(source, repository, manifest.digest).some(({ at }) => at >= since)
    for (const { repository, manifest } of all.filter(isRecent))
      void this.#shipAgain(replica, origin, repository, manifest)
    const old = all.filter(entry => !isRecent(entry))
    const { sync } = timingOf(this.#scenario, replica.region)
    for (const { repository, manifest } of old) {
      await this.#schedule.wait(sync / old.length)
      this.#copyBlobs(replica, repository, manifest)
      this.#copyManifest(replica, repository, manifest)
      for (const { tag, at } of tagsOf(source, repository, manifest.digest))
        this.#copyTag(replica, repository, tag, manifest.digest, at)
    }
    if (old.length === 0) await this.#schedule.wait(sync)
  }

  async #shipAgain(
    replica: Replica,
    region: string,
    repository: string,
    manifest: Manifest & { at: number },
  ): Promise<void> {
    const request = { host: this.#registry.loginServer, userAgent: '', address: '' }
    const push = { region, repository, manifest, changed: true, request }
    const tags = tagsOf(this.#registry.home.content, repository, manifest.digest)
    if (tags.length === 0) await this.#ship(replica, { ...push, at: manifest.at })
    await Promise.all(tags.map(({ tag, at }) => this.#ship(replica, { ...push, tag, at })))
  }

  async #ship(replica: Replica, push: Push): Promise<void> {
    const { repository, manifest, tag, at } = push
    const timing = () => timingOf(this.#scenario, replica.region)
    await this.#schedule.wait(timing().blobs)
    this.#copyBlobs(replica, repository, manifest)
    await this.#schedule.wait(timing().manifests)
    if (timing().children > 0 && this.#isChild(push)) await this.#schedule.wait(timing().children)
    this.#copyManifest(replica, repository, manifest)
    if (tag !== undefined) {
      await this.#schedule.wait(timing().tags)
      this.#copyTag(replica, repository, tag, manifest.digest, at)
    }
    await this.#announce(replica.region, push)
  }

  /** Fires the region's webhooks. */
  async #announce(region: string, what: Push | Deletion): Promise<void> {
    const isPush = 'manifest' in what
    // Of deletions, only those of a manifest are told.
    if (!isPush && what.digest === undefined) return
    await this.#schedule.wait(timingOf(this.#scenario, region).events)
    if (this.#loses(region, what.repository, 'event')) return
    const { loginServer } = this.#registry
    const content = () => (isPush ? pushContent(what, loginServer) : deletionContent(what, loginServer))
    for (const webhook of this.#registry.webhooks.values()) {
      const hears = webhook.actions.includes(isPush ? 'push' : 'delete')
      const listens = webhook.location === region && webhook.status === 'enabled' && hears
      if (!listens || !covers(webhook.scope, what.repository, what.tag)) continue
      await sendEvent(webhook, content(), this.#schedule)
    }
  }

  /** Pushed by digest alone, or listed in an index: engines with the containerd store push children under the tag. */
  #isChild({ region, repository, manifest, tag }: Push): boolean {
    if (tag === undefined) return true
    const origin = this.#registry.replicas.get(region)?.content
    return (
      origin
        ?.manifests(repository)
        .some(other => isIndex(other) && other.references.children.includes(manifest.digest)) ?? false
    )
  }

  /** A replica that vanished or was deleted takes nothing more: its folder is gone. */
  #isThere(replica: Replica): boolean {
    return this.#registry.replicas.get(replica.region) === replica
  }

  #copyBlobs(replica: Replica, repository: string, manifest: Manifest): void {
    if (!this.#isThere(replica)) return
    const { layers, config } = manifest.references
    for (const digest of blobsOf(manifest)) {
      if (
        digest === config
          ? this.#loses(replica.region, repository, 'config')
          : this.#loses(replica.region, repository, 'layer', layers.indexOf(digest))
      )
        continue
      if (replica.content.hasBlob(repository, digest)) continue
      const source = this.#anyWith(content => content.hasBlob(repository, digest))
      if (source) replica.content.copyBlob(source, repository, digest)
    }
  }

  #copyManifest(replica: Replica, repository: string, manifest: Manifest): void {
    const source = this.#anyWith(content => content.manifest(repository, manifest.digest) !== undefined)
    if (!source || this.#isLostChild(replica.region, repository, manifest.digest, source)) return
    replica.content.putManifest(repository, manifest, Date.now())
    // A child that came before its index was not known as one yet.
    manifest.references.children
      .filter((_child, nth) => this.#loses(replica.region, repository, 'child', nth))
      .forEach(child => replica.content.deleteManifest(repository, child))
  }

  #copyTag(replica: Replica, repository: string, tag: string, digest: string, at: number): void {
    const there = replica.content.manifest(repository, digest) !== undefined
    if (there && !this.#loses(replica.region, repository, 'tag'))
      replica.content.setTag(repository, tag, { digest, at })
  }

  #isLostChild(region: string, repository: string, digest: string, source: Content): boolean {
    return source
      .manifests(repository)
      .some(index =>
        index.references.children.some(
          (child, nth) => child === digest && this.#loses(region, repository, 'child', nth),
        ),
      )
  }

  #loses(region: string, repository: string, kind: Loss['kind'], nth = 0): boolean {
    return this.#scenario.losses.some(
      loss =>
        loss.region === region &&
        loss.kind === kind &&
        (loss.repository === undefined || loss.repository === repository) &&
        (loss.nth ?? 0) === nth,
    )
  }

  #anyWith(has: (content: Content) => boolean): Content | undefined {
    return [...this.#registry.replicas.values()].map(({ content }) => content).find(has)
  }
}

function tagsOf(content: Content, repository: string, digest: string): { tag: string; at: number }[] {
  return content
    .tags(repository)
    .filter(([, tag]) => tag.digest === digest)
    .map(([tag, { at }]) => ({ tag, at }))
}
