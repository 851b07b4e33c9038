import { type Answer, json } from '../../http/answer.ts'
import { type Call } from '../../http/call.ts'
import { digestPattern, mediaTypes } from '../manifest.ts'
import { commonHeaders, registryError } from '../registry-error.ts'
import { type OciContext } from './oci-context.ts'
import { type OciPath } from './route.ts'

/** GET /v2/_catalog, paged by `n` and `last`. */
export function listRepositories({ replica }: OciContext, call: Call): Answer {
  const { page, headers } = paged(call, [...replica.content.repositories].sort())
  return json(200, { repositories: page }, headers)
}

/** GET …/tags/list, paged by `n` and `last`. */
export function listTags({ replica }: OciContext, call: Call, repository: string): Answer {
  if (!replica.content.repositories.includes(repository)) {
    return registryError('NAME_UNKNOWN', 'repository name not known to registry', { name: repository })
  }
  const { page, headers } = paged(
    call,
    replica.content.tags(repository).map(([tag]) => tag),
  )
  return json(200, { name: repository, tags: page }, headers)
}

/** GET …/referrers/<digest>: an index of the manifests about that one, by `artifactType` where asked. */
export function listReferrers({ replica }: OciContext, call: Call, { repository, reference }: OciPath): Answer {
  if (!digestPattern.test(reference)) return registryError('DIGEST_INVALID', 'invalid digest')
  const wanted = call.url.searchParams.get('artifactType')
  const manifests = replica.content
    .manifests(repository)
    .filter(
      ({ references }) => references.subject === reference && (wanted === null || references.artifactType === wanted),
    )
    .map(({ mediaType, digest, bytes, references: { artifactType, annotations } }) => ({
      mediaType,
      digest,
      size: bytes.length,
      ...(artifactType === undefined ? {} : { artifactType }),
      ...(annotations === undefined ? {} : { annotations }),
    }))
  return json(
    200,
    { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests },
    {
      ...commonHeaders(),
      'content-type': mediaTypes.ociIndex,
      ...(wanted === null ? {} : { 'oci-filters-applied': 'artifactType' }),
    },
  )
}

function paged(call: Call, names: string[]): { page: string[]; headers: Record<string, string> } {
  const size = Number(call.url.searchParams.get('n') ?? 100)
  const last = call.url.searchParams.get('last') ?? ''
  const rest = names.filter(name => name > last)
  const page = rest.slice(0, size)
  const next =
    rest.length > page.length
      ? `${call.url.pathname}?n=${size}&last=${encodeURIComponent(page.at(-1) ?? '')}`
      : undefined
  return { page, headers: { ...commonHeaders(), ...(next === undefined ? {} : { link: `<${next}>; rel="next"` }) } }
}
