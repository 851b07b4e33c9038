import { type PushEvent } from './azure/webhooks.ts'
import { type ImageState } from './registry/image-state.ts'
import { type Reference } from './registry/reference.ts'

export interface WebhookProofOptions {
  /** By region, the webhook that hears of every push of these references there. */
  readonly webhooks: ReadonlyMap<string, string>
  readonly references: readonly Reference[]
  readonly readEvents: (webhook: string, attempts: number) => Promise<readonly PushEvent[]>
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
  /** From here on, regions are asked for this digest. With `old`, events of earlier pushes count too: it has been there before. */
  expect(digest: string, old: boolean): void
  look(region: string): Promise<ImageState>
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
    async look(region) {
      const webhook = webhooks.get(region)
      if (webhook === undefined || expected === undefined) return { kind: 'unknown' }
      if (heard.has(region)) return { kind: 'served', proof: 'webhook' }
      const { digest, old } = expected
      const events = (await readEvents(webhook, 1)).filter(
        event => event.digest === digest && (old || !earlier.has(event.id)),
      )
      const missing = references.filter(
        ({ repository, tag }) => !events.some(event => event.repository === repository && event.tag === tag),
      )
      if (missing.length > 0) {
        const names = missing.map(({ repository, tag }) => `${repository}:${tag}`).join(', ')
        return { kind: 'incomplete', detail: `its webhook has not heard of ${names} yet` }
      }
      heard.add(region)
      return { kind: 'served', proof: 'webhook' }
    },
  }
}
