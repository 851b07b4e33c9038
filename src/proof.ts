import { type EndpointProof } from './endpoint-proof.ts'
import { type References } from './registry-target.ts'
import { type ImageState } from './registry/image-state.ts'
import { type WebhookProof } from './webhook-proof.ts'

/** All ways to find out which regions serve the image: regional endpoints first, webhooks where those cannot tell. */
export interface ImageProof {
  /** Before the push: notes what there is, so that what comes later can be told apart. */
  remember(regions: readonly string[]): Promise<void>
  /** From here on, regions are asked for this digest. */
  expect(digest: string): void
  look(region: string, final: boolean): Promise<ImageState>
}

/** @param pushes whether this run pushes; an image that is only waited for may have had its events long ago */
export function createImageProof(
  endpoints: EndpointProof,
  webhooks: WebhookProof,
  references: References,
  pushes: boolean,
): ImageProof {
  return {
    async remember(regions) {
      await Promise.all([endpoints.rememberTags(regions), webhooks.rememberEvents()])
    },
    expect(digest) {
      endpoints.expect(digest)
      webhooks.expect(digest, !pushes || references.every(reference => endpoints.servedBefore(reference, digest)))
    },
    async look(region, final) {
      const state = await endpoints.look(region, final)
      return state.kind === 'unprovable' && webhooks.has(region) ? webhooks.look(region, final) : state
    },
  }
}
