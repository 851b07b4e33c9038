import { type RegistrySettings } from '../../scenario.ts'
import { type Content } from '../content.ts'
import { type Manifest } from '../manifest.ts'
import { type Replica } from '../replica.ts'

/** What the distribution API of one replica works on. */
export interface OciContext {
  readonly replica: Replica
  readonly settings: RegistrySettings
  /** A manifest was stored, and tagged where `tag` is given. */
  pushed(push: Push): void
  /** A manifest or tag was deleted. */
  deleted(deletion: Deletion): void
  /** Where this replica fetches what it lacks: another replica's content that has it. */
  elsewhere(has: (content: Content) => boolean): Content | undefined
  /** host:port of the data host to redirect to, for a client that came in by `host`. */
  dataHost(host: string): string
}

export interface Push {
  region: string
  repository: string
  manifest: Manifest
  tag?: string
  /** Milliseconds since 1970. */
  at: number
  /** Was anything new stored? False for a re-push of what is there. */
  changed: boolean
  /** The request, as the event of a webhook tells it. */
  request: { host: string; userAgent: string; address: string }
}

export interface Deletion {
  region: string
  repository: string
  digest?: string
  tag?: string
}
