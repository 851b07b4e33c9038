import { type WebhookEvent } from './azure/webhooks.ts'
import { attemptsOf } from './pace.ts'
import { type ImageState } from './registry/image-state.ts'
import { type Reference } from './registry/reference.ts'

export interface WebhookProofOptions {
  /** By region, the webhook that hears of every push of these references there. */
  readonly webhooks: ReadonlyMap<string, string>
  readonly references: readonly Reference[]
  readonly readEvents: (webhook: string, attempts: number) => Promise<readonly WebhookEvent[]>
  /** Hears of webhooks whose events cannot be read: they prove nothing. */
  readonly onUnusable: (region: string, error: unknown) => void
}

/**
 * Finds out through webhooks which regions have the image: Azure tells the webhook of a region when replication of a push completes
 * there (learn.microsoft.com, "Geo-replication in Azure Container Registry"). One event per region is enough: the region that took the
 * push fires too, and an event may be listed twice.
 */
export interface WebhookProof {
  has(region: string): boolean
  /** Notes the events of earlier pushes, so that only later ones count: the clocks of Azure and of the runner need not agree. */
  rememberEvents(): Promise<void>
  /** From here on, regions are asked for this digest. With `old`, events of earlier pushes count too, where no other push came after. */
  expect(digest: string, old: boolean): void
  /** @param final asks again also where the event was heard */
  look(region: string, final: boolean): Promise<ImageState>
}

export function createWebhookProof(options: WebhookProofOptions): WebhookProof {
  const { references, readEvents, onUnusable } = options
  const webhooks = new Map(options.webhooks)
  const earlier = new Set<string>()
  const heard = new Set<string>()
  let expected: { digest: string; old: boolean } | undefined

  return {
    has: region => webhooks.has(region),
    async rememberEvents() {
      const remember = async ([region, webhook]: readonly [string, string]): Promise<void> => {
        try {
          for (const { id } of await readEvents(webhook, 3)) earlier.add(id)
        } catch (error) {
          // Without the earlier events, one of them could pass for the one that is waited for.
          webhooks.delete(region)
          onUnusable(region, error)
        }
      }
      await Promise.all([...webhooks].map(remember))
    },
    expect(digest, old) {
      expected = { digest, old }
    },
    async look(region, final) {
      const webhook = webhooks.get(region)
      if (webhook === undefined || expected === undefined) return { kind: 'unknown' }
      if (heard.has(region) && !final) return SERVED
      heard.delete(region)
      const { digest, old } = expected
      const events = await readEvents(webhook, attemptsOf(final))
      for (const { repository, tag } of references) {
        const about = events.filter(event => event.repository === repository)
        const ours = about.filter(event => event.action === 'push' && event.tag === tag)
        const arrived = ours.filter(event => event.digest === digest && (old || !earlier.has(event.id)))
        const newest = Math.max(...ours.map(({ at }) => at))
        const other = ours.find(event => event.at === newest && event.digest !== digest)
        if (arrived.length === 0) {
          return { kind: 'incomplete', detail: `its webhook has not heard of ${repository}:${tag} yet` }
        }
        const last = Math.max(...arrived.map(({ at }) => at))
        const isDeleted = about.some(
          event =>
            event.action === 'delete' &&
            event.at >= last &&
            (event.tag === tag || (event.tag === '' && event.digest === digest)),
        )
        if (isDeleted)
          return { kind: 'incomplete', detail: `its webhook has heard that ${repository}:${tag} was deleted` }
        // Somebody pushed the tag again since: the region serves that now.
        if (other !== undefined && !arrived.some(({ at }) => at === newest)) {
          return { kind: 'other-tag', repository, tag, serves: other.digest, conflict: true }
        }
      }
      heard.add(region)
      return SERVED
    },
  }
}

const SERVED: ImageState = { kind: 'served', proof: 'webhook' }
