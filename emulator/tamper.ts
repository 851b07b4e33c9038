import { type Provisioning } from './geo/provisioning.ts'
import { type Registry } from './geo/registry.ts'
import { newReplication, setState } from './geo/replication-record.ts'

/** Hands on the inside: what goes wrong in a data centre, or what another administrator does, while a test watches. */
export interface Tamper {
  /** The region loses a blob for good. */
  loseBlob(region: string, repository: string, digest: string): void
  /** The region loses a manifest and its tags. */
  loseManifest(region: string, repository: string, digest: string): void
  /** In this region alone the tag leads here (to a digest, or nowhere), as if somebody had pushed just now. */
  setTag(region: string, repository: string, tag: string, digest: string | undefined): void
  /** ARM shows this state; any string will do. */
  setReplica(region: string, provisioningState: string, displayStatus?: string): void
  /** The replica is gone, as after a rollback or somebody's delete. */
  removeReplica(region: string): void
}

export function tamperWith(registry: Registry, provisioning: Provisioning): Tamper {
  const content = (region: string) => {
    const replica = registry.replicas.get(region)
    if (!replica) throw new Error(`no replica in ${region}`)
    return replica.content
  }
  return {
    loseBlob: (region, repository, digest) => content(region).deleteBlob(repository, digest),
    loseManifest: (region, repository, digest) => content(region).deleteManifest(repository, digest),
    setTag: (region, repository, tag, digest) => {
      if (digest === undefined) content(region).deleteTag(repository, tag)
      else content(region).setTag(repository, tag, { digest, at: Date.now() })
    },
    setReplica: (region, provisioningState, displayStatus) => {
      const record = registry.replications.get(region) ?? newReplication({ location: region })
      registry.replications.set(region, record)
      setState(record, provisioningState, displayStatus)
    },
    removeReplica: region => provisioning.vanish(region),
  }
}
