import { mapLimited } from '../base/limited.ts'
import { type ImageState } from './image-state.ts'
import { type Manifest, hasBlob, readManifest, resolveDigest } from './manifest.ts'
import { type Reference } from './reference.ts'
import { type RegistrySession } from './session.ts'

/** Requests at a time to one host: far below what a replica allows (10,000 reads a minute per identity, ACR service limits). */
const CONCURRENCY = 8

export interface ProbeOptions {
  readonly session: RegistrySession
  readonly host: string
  /** All references the image was pushed under. */
  readonly references: readonly Reference[]
  readonly digest: string
  /** What this host's tags resolved to before the push, by `repository:tag`. */
  readonly before: ReadonlySet<string>
}

/** Finds out whether one host serves the whole image: every manifest, configuration and layer, and every tag. */
export interface Probe {
  /**
   * @param final asks for everything again; otherwise only for what was missing so far
   * @param attempts of each request
   */
  check(final: boolean, attempts: number): Promise<ImageState>
}

export function createProbe({ session, host, references, digest, before }: ProbeOptions): Probe {
  const repositories = [...new Set(references.map(({ repository }) => repository))]
  const manifests = new Map<string, Manifest>()
  const seen = new Set<string>()
  let attempts = 1
  const forget = (): void => {
    manifests.clear()
    seen.clear()
  }

  const manifest = async (repository: string, wanted: string): Promise<Manifest | undefined> => {
    const key = `${repository}@${wanted}`
    const known = manifests.get(key)
    if (known !== undefined) return known
    const found = await readManifest(session, { host, repository }, wanted, attempts)
    if (found !== undefined) manifests.set(key, found)
    return found
  }

  const blob = async (repository: string, wanted: string): Promise<boolean> => {
    const key = `${repository}@${wanted}`
    if (seen.has(key)) return true
    const found = await hasBlob(session, { host, repository }, wanted, attempts)
    if (found) seen.add(key)
    return found
  }

  /** The tree of manifests below a digest; undefined where one is missing. Indexes may nest. */
  const tree = async (repository: string): Promise<(Manifest | undefined)[]> => {
    const found: (Manifest | undefined)[] = []
    const known = new Set<string>()
    let level = [digest]
    while (level.length > 0) {
      level.forEach(wanted => known.add(wanted))
      const read = await mapLimited(level, CONCURRENCY, wanted => manifest(repository, wanted))
      found.push(...read)
      level = [...new Set(read.flatMap(item => item?.children ?? []))].filter(wanted => !known.has(wanted))
    }
    return found
  }

  const repositoryState = async (repository: string): Promise<ImageState | undefined> => {
    const all = await tree(repository)
    const there = all.filter(item => item !== undefined)
    if (there.length === 0) return { kind: 'incomplete', detail: 'the image is not there yet' }
    if (there.length < all.length)
      return { kind: 'incomplete', detail: `${there.length} of ${all.length} manifests are there` }
    const empty = there.find(item => item.children.length === 0 && item.blobs.length === 0)
    if (empty !== undefined) return { kind: 'incomplete', detail: `there is nothing to pull in ${empty.digest}` }
    const blobs = [...new Set(there.flatMap(item => item.blobs))]
    const found = (await mapLimited(blobs, CONCURRENCY, wanted => blob(repository, wanted))).filter(Boolean).length
    if (found < blobs.length) return { kind: 'incomplete', detail: `${found} of ${blobs.length} layers are there` }
    return undefined
  }

  const tagState = async (reference: Reference): Promise<ImageState | undefined> => {
    const { repository, tag } = reference
    const key = `${repository}:${tag}`
    if (seen.has(key)) return undefined
    const serves = await resolveDigest(session, { host, repository }, tag, attempts)
    if (serves === undefined) return { kind: 'incomplete', detail: `the tag ${tag} is not there yet` }
    if (serves === digest) {
      seen.add(key)
      return undefined
    }
    // While an index is pushed, its tag may for a moment name one of its children (containerd image store).
    const ours = [...manifests.values()].some(({ children }) => children.includes(serves))
    return { kind: 'other-tag', repository, tag, serves, conflict: !ours && !before.has(`${key}@${serves}`) }
  }

  return {
    async check(final, times) {
      attempts = times
      // Forgotten first: what this look does not find again, for whatever reason, the next one asks for.
      if (final) forget()
      for (const repository of repositories) {
        const missing = await repositoryState(repository)
        if (missing !== undefined) return missing
      }
      const tags = await mapLimited(references, CONCURRENCY, reference => tagState(reference))
      return tags.find(state => state !== undefined) ?? { kind: 'served', proof: 'regional-endpoint' }
    },
  }
}

/** What the tags of a host resolve to, as `repository:tag@digest`, to tell an old image from somebody else's later. */
export async function tagsNow(
  session: RegistrySession,
  host: string,
  references: readonly Reference[],
): Promise<string[]> {
  const found = await mapLimited(references, CONCURRENCY, async ({ repository, tag }) => {
    const digest = await resolveDigest(session, { host, repository }, tag, 1)
    return digest === undefined ? [] : [`${repository}:${tag}@${digest}`]
  })
  return found.flat()
}
