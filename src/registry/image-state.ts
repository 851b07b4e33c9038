/** How it is known that a region serves the image. */
export type Proof = 'regional-endpoint' | 'webhook' | 'none'

/** What a region says of the image that was pushed. */
export type ImageState =
  /** Not asked yet. */
  | { readonly kind: 'unknown' }
  /** Part of it is not there yet. `detail` says which part. */
  | { readonly kind: 'incomplete'; readonly detail: string }
  /** All of it is there, but a tag still resolves to something else. */
  | {
      readonly kind: 'other-tag'
      readonly repository: string
      readonly tag: string
      /** The digest it resolves to. */
      readonly serves: string
      /** Neither what was there before the push nor ours: somebody else pushed the tag. */
      readonly conflict: boolean
    }
  | { readonly kind: 'served'; readonly proof: Exclude<Proof, 'none'> }
  /** It could not be asked this time. */
  | { readonly kind: 'unread'; readonly detail: string }
  /** It cannot be asked from here at all: says nothing about the region. */
  | { readonly kind: 'unprovable'; readonly detail: string }

/** An image state in a few words. */
export function describeImage(image: ImageState): string {
  switch (image.kind) {
    case 'unknown':
      return 'not checked'
    case 'incomplete':
      return image.detail
    case 'other-tag':
      return image.conflict
        ? `tag ${image.tag} serves ${image.serves}, which somebody else pushed`
        : `tag ${image.tag} still serves ${image.serves}`
    case 'served':
      return 'serves the image'
    case 'unread':
      return `could not be checked: ${image.detail}`
    case 'unprovable':
      return `cannot be checked from here: ${image.detail}`
  }
}
