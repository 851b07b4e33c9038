import { type Clock } from './base/clock.ts'
import { StepError, isKind } from './base/errors.ts'
import { type EndpointDirectory } from './endpoint-directory.ts'
import { attemptsOf } from './pace.ts'
import { type ImageState } from './registry/image-state.ts'
import { type Probe, createProbe, tagsNow } from './registry/probe.ts'
import { type Reference } from './registry/reference.ts'
import { type RegistrySession } from './registry/session.ts'

/** Looks in a row that must fail before a host counts as out of reach from here. */
const FAILED_LOOKS = 3
/** And for how long, in milliseconds: the name of a host that Azure has just made takes minutes to spread. */
const FAILING_MS = 5_000
const FAILING_NEW_MS = 120_000

export interface EndpointProofOptions {
  readonly session: RegistrySession
  readonly directory: EndpointDirectory
  readonly loginServer: string
  readonly references: readonly Reference[]
  /** Regions whose endpoint may be younger than its name in DNS. */
  readonly isNew: (region: string) => boolean
  readonly clock: Clock
}

/** Finds out through the regional endpoints which regions serve the image. */
export interface EndpointProof {
  /** Notes what the hosts serve under the tags before the push, where they can be asked. Never fails. */
  rememberTags(regions: readonly string[]): Promise<void>
  /** Whether some host served this digest under this tag before the push. */
  servedBefore(reference: Reference, digest: string): boolean
  /** From here on, regions are asked for this digest. */
  expect(digest: string): void
  look(region: string, final: boolean): Promise<ImageState>
}

interface Trouble {
  readonly since: number
  readonly looks: number
}

export function createEndpointProof(options: EndpointProofOptions): EndpointProof {
  const { directory, loginServer, references, isNew, clock } = options
  let digest: string | undefined
  const before = new Set<string>()
  const probes = new Map<string, Probe>()
  const answered = new Set<string>()
  let admitted = false
  const session = noting(options.session, (host, admits) => {
    answered.add(host)
    admitted ||= admits
  })
  const troubles = new Map<string, Trouble>()

  /** Whether a region has been out of reach for so long that more looks will not help. */
  const isLasting = (region: string): boolean => {
    const now = clock.now()
    const known = troubles.get(region)
    const trouble = { since: known?.since ?? now, looks: (known?.looks ?? 0) + 1 }
    troubles.set(region, trouble)
    return trouble.looks >= FAILED_LOOKS && now - trouble.since >= (isNew(region) ? FAILING_NEW_MS : FAILING_MS)
  }

  return {
    async rememberTags(regions) {
      const hosts = [loginServer, ...regions.flatMap(region => directory.hostOf(region) ?? [])]
      const found = await Promise.all(hosts.map(host => tagsNow(session, host, references).catch(() => [])))
      for (const tag of found.flat()) before.add(tag)
    },
    servedBefore: ({ repository, tag }, served) => before.has(`${repository}:${tag}@${served}`),
    expect(pushed) {
      digest = pushed
    },
    async look(region, final) {
      if (digest === undefined) return { kind: 'unknown' }
      if (!directory.enabled) return { kind: 'unprovable', detail: 'the registry has no regional endpoints' }
      const host = await directory.findHost(region)
      if (host === undefined) {
        const detail = 'Azure names no regional endpoint for it'
        return isLasting(region) ? { kind: 'unprovable', detail } : { kind: 'unread', detail: `${detail} yet` }
      }
      const probe = probes.get(host) ?? createProbe({ session, host, references, digest, before })
      probes.set(host, probe)
      try {
        const state = await probe.check(final, attemptsOf(final))
        troubles.delete(region)
        return state
      } catch (error) {
        if (!saysOutOfReach(error, answered.has(host), admitted)) troubles.delete(region)
        else if (isLasting(region)) return { kind: 'unprovable', detail: error.message }
        throw error
      }
    },
  }
}

/**
 * Whether an error says that this runner cannot ask the host, as opposed to a passing fault: its name does not resolve, a firewall
 * refuses, the role is missing, the certificate is unknown; or nothing at all ever came from it, as with a private address.
 *
 * @param answered whether this host ever answered anything
 * @param admitted whether any host of the registry ever let this identity in: then it has the role
 */
function saysOutOfReach(error: unknown, answered: boolean, admitted: boolean): error is StepError {
  if (isKind(error, 'forbidden')) return true
  if (isKind(error, 'auth')) return !admitted
  // An answer of another kind comes from a host that is within reach.
  if (isKind(error, 'not-found', 'invalid')) return error.status === undefined
  return isKind(error, 'transient') && error.status === undefined && !answered
}

/** Tells of every host that answered anything at all, and whether it let the identity in. */
function noting(session: RegistrySession, onAnswer: (host: string, admits: boolean) => void): RegistrySession {
  return {
    ...session,
    async request(what, request, scope, attempts) {
      try {
        const answer = await session.request(what, request, scope, attempts)
        onAnswer(request.host, answer.status === 200 || answer.status === 404)
        return answer
      } catch (error) {
        if (error instanceof StepError && error.status !== undefined) onAnswer(request.host, false)
        throw error
      }
    },
  }
}
