import { randomUUID } from 'node:crypto'
import { type Deletion, type Push } from '../registry/oci/oci-context.ts'

/** A webhook of a registry: it watches the replica of one region. */
export interface Webhook {
  readonly name: string
  readonly location: string
  tags: Record<string, string>
  serviceUri: string
  customHeaders: Record<string, string>
  status: string
  scope: string
  actions: string[]
  provisioningState: string
  readonly events: WebhookEvent[]
}

/** An event as `listEvents` shows it. */
export interface WebhookEvent {
  id: string
  eventRequestMessage: Record<string, unknown>
  eventResponseMessage: Record<string, unknown>
}

/** Does the scope cover this push? `''` all, `repo:*` every tag, `repo:tag` one, `repo` = `repo:latest`. */
export function covers(scope: string, repository: string, tag: string | undefined): boolean {
  if (scope === '') return true
  const colon = scope.lastIndexOf(':')
  const [scopedRepository, scopedTag] = colon < 0 ? [scope, 'latest'] : [scope.slice(0, colon), scope.slice(colon + 1)]
  const prefix = scopedRepository.endsWith('*') ? scopedRepository.slice(0, -1) : undefined
  const fits = prefix === undefined ? scopedRepository === repository : repository.startsWith(prefix)
  return fits && (scopedTag === '*' || scopedTag === tag)
}

/** The body of a push event; it names no region, only the webhook does. */
export function pushContent(push: Push, loginServer: string): Record<string, unknown> {
  const { manifest, repository, tag, request } = push
  return {
    id: randomUUID(),
    timestamp: new Date().toISOString(),
    action: 'push',
    target: {
      mediaType: manifest.mediaType,
      size: manifest.bytes.length,
      digest: manifest.digest,
      length: manifest.bytes.length,
      repository,
      ...(tag === undefined ? {} : { tag }),
    },
    request: { id: randomUUID(), host: loginServer, method: 'PUT', useragent: request.userAgent },
  }
}

/** The body of the event for a manifest that was deleted; tags alone fire none. */
export function deletionContent({ repository, digest }: Deletion, loginServer: string): Record<string, unknown> {
  return {
    id: randomUUID(),
    timestamp: new Date().toISOString(),
    action: 'delete',
    target: { mediaType: 'application/vnd.docker.distribution.manifest.v2+json', digest, repository },
    request: { id: randomUUID(), host: loginServer, method: 'DELETE', useragent: '' },
  }
}
