import { type Clock } from '../../../src/base/clock.ts'
import { answerFailure, requestFailure } from '../../../src/registry/failure.ts'
import { type Answer, type RegistryRequest } from '../../../src/registry/http.ts'
import { type RegistrySession } from '../../../src/registry/session.ts'
import { type Trouble } from './schedule.ts'
import { mishapOf } from './troubles.ts'
import { LOGIN_SERVER, NO_DIGEST, type RegionWorld, type World } from './world.ts'

/** What came from a host so far. */
export interface Contact {
  /** When it last gave an answer that was about content, or a fault of its own: neither a refusal nor silence. */
  readonly properAt: (host: string) => number
  /** Whether any answer of HTTP ever came. */
  readonly ever: (host: string) => boolean
  /** The last request to it that went wrong. */
  readonly mishap: (host: string) => { readonly at: number; readonly trouble: Trouble } | undefined
}

/** A session with the registry of a world: every request is answered from what is so at that moment. */
export function openWorldSession(
  world: World,
  clock: Clock,
  signal: AbortSignal,
): { session: RegistrySession; contact: Contact } {
  const proper = new Map<string, number>()
  const answered = new Set<string>()
  const asked = new Map<string, number>()
  const mishaps = new Map<string, { at: number; trouble: Trouble }>()

  const send = async (what: string, request: RegistryRequest): Promise<Answer> => {
    const { host } = request
    const region = regionAt(world, host)
    const nth = asked.get(host) ?? 0
    asked.set(host, nth + 1)
    if (region.plan.latency > 0) await clock.sleep(region.plan.latency, signal)
    const now = clock.now()
    const hiccup = region.plan.hiccups.find(one => one.request === nth)
    const trouble = host === LOGIN_SERVER ? undefined : (region.troubleAt(now) ?? hiccup?.trouble)
    if (trouble !== undefined) mishaps.set(host, { at: now, trouble })
    const mishap = trouble === undefined ? undefined : mishapOf(trouble)
    if (mishap !== undefined && 'error' in mishap) throw requestFailure(mishap.error, what, host)
    const answer =
      mishap === undefined ? serve(world, region, request, now) : toAnswer(mishap.status, '', mishap.headers)
    answered.add(host)
    if (answer.status !== 401 && answer.status !== 403) proper.set(host, now)
    return answer
  }

  const session: RegistrySession = {
    refreshToken: () => Promise.resolve('refresh token'),
    forget: () => undefined,
    accessToken: () => Promise.reject(new Error('not asked for')),
    missingRole: '',
    failure: (answer, what) => answerFailure(answer, what, clock.now(), ''),
    async request(what, request, scope) {
      signal.throwIfAborted()
      if (scope !== `repository:${repositoryOf(request)}:pull`) throw new Error(`${what} with a token for ${scope}`)
      const answer = await send(what, request)
      // What a real session does with these; the gate looks again by itself.
      if (answer.status === 401 || answer.status === 429 || answer.status >= 500)
        throw answerFailure(answer, what, clock.now(), '')
      return answer
    },
  }
  return {
    session,
    contact: {
      properAt: host => proper.get(host) ?? Number.NEGATIVE_INFINITY,
      ever: host => answered.has(host),
      mishap: host => mishaps.get(host),
    },
  }
}

/** The login server answers from the first region. */
function regionAt({ regions }: World, host: string): RegionWorld {
  const region = host === LOGIN_SERVER ? regions[0] : regions.find(one => one.host === host)
  if (region === undefined) throw new Error(`${host} is no host of this registry`)
  return region
}

const PATH = /^\/v2\/(.+)\/(manifests|blobs)\/([^/]+)$/

function repositoryOf({ path }: RegistryRequest): string {
  return PATH.exec(path)?.[1] ?? ''
}

function serve(world: World, region: RegionWorld, request: RegistryRequest, now: number): Answer {
  const [, repository = '', kind, name = ''] = PATH.exec(request.path) ?? []
  if (kind === 'blobs') return toAnswer(region.partAt(repository, name, now) === 'there' ? 307 : 404)
  if (name.startsWith('sha256:')) return serveManifest(world, region, request, repository, name, now)
  const reference = world.references.findIndex(one => one.repository === repository && one.tag === name)
  const digest = region.tagAt(reference, now)
  if (digest === undefined) return toAnswer(404)
  return toAnswer(200, '', digest === NO_DIGEST ? new Map() : new Map([['docker-content-digest', digest]]))
}

function serveManifest(
  { image }: World,
  region: RegionWorld,
  { method, headers }: RegistryRequest,
  repository: string,
  digest: string,
  now: number,
): Answer {
  const stored = image.manifests.find(one => one.digest === digest)
  const state = region.partAt(repository, digest, now)
  if (stored === undefined || state === 'missing') return toAnswer(404, notFound('manifest unknown'))
  const accepted = (headers?.['accept'] ?? '').split(',').map(type => type.trim())
  if (!accepted.includes(stored.mediaType))
    return toAnswer(404, notFound('OCI index found, but accept header does not support OCI indexes'))
  const body = state === 'damaged' ? `${stored.body} ` : stored.body
  const about = new Map([
    ['docker-content-digest', digest],
    ['content-type', stored.mediaType],
  ])
  return toAnswer(200, method === 'HEAD' ? '' : body, about)
}

function notFound(message: string): string {
  return JSON.stringify({ errors: [{ code: 'MANIFEST_UNKNOWN', message }] })
}

function toAnswer(status: number, body = '', headers: ReadonlyMap<string, string> = new Map()): Answer {
  return { status, body, header: name => headers.get(name) }
}
