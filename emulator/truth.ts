import { type Registry } from './geo/registry.ts'
import { type Tag } from './registry/content.ts'
import { type Scenario } from './scenario.ts'

/** What really is, whatever any answer said. Regions are short names. */
export interface Truth {
  /** The replica's state; undefined where there is none. */
  replica(region: string): { provisioningState: string; displayStatus: string | undefined } | undefined
  /** Could the whole image be pulled from this region now: manifest, children, every blob? True too where the region would proxy what it lacks. */
  serves(region: string, repository: string, digest: string): boolean
  /** The same without proxying: is every byte of it stored there? */
  stores(region: string, repository: string, digest: string): boolean
  /** The digest a tag leads to in this region. */
  tag(region: string, repository: string, tag: string): string | undefined
  manifestBytes(region: string, repository: string, digest: string): Buffer | undefined
  /** A blob's bytes. */
  blob(region: string, repository: string, digest: string): Promise<Buffer | undefined>
  /** Regions with a replica that serves data, home first. */
  readonly regions: string[]
}

export function truthOf(registry: Registry, scenario: Scenario): Truth {
  const contentOf = (region: string) => registry.replicas.get(region)?.content
  /** Content a pull from this region can draw on. */
  const reach = (region: string) => {
    const own = contentOf(region)
    if (!own) return []
    return scenario.proxy.includes(region) ? [...registry.replicas.values()].map(({ content }) => content) : [own]
  }
  const serves = (region: string, repository: string, digest: string): boolean => {
    const contents = reach(region)
    const manifest = contents.map(content => content.manifest(repository, digest)).find(found => found !== undefined)
    if (!manifest) return false
    const { layers, config, children } = manifest.references
    const blobs = config === undefined ? layers : [...layers, config]
    return (
      blobs.every(blob => contents.some(content => content.hasBlob(repository, blob))) &&
      children.every(child => serves(region, repository, child))
    )
  }
  return {
    replica: region => {
      const record = registry.replications.get(region)
      return record && { provisioningState: record.provisioningState, displayStatus: record.displayStatus }
    },
    serves,
    stores: (region, repository, digest) => contentOf(region)?.complete(repository, digest) ?? false,
    tag: (region, repository, tag) =>
      reach(region)
        .map(content => content.tag(repository, tag))
        .find((found): found is Tag => found !== undefined)?.digest,
    manifestBytes: (region, repository, digest) => contentOf(region)?.manifest(repository, digest)?.bytes,
    blob: async (region, repository, digest) => {
      const content = contentOf(region)
      if (!content?.hasBlob(repository, digest)) return undefined
      const chunks: Buffer[] = []
      for await (const chunk of content.readBlob(digest) as AsyncIterable<Buffer>) chunks.push(chunk)
      return Buffer.concat(chunks)
    },
    get regions() {
      return [...registry.replicas.keys()]
    },
  }
}
