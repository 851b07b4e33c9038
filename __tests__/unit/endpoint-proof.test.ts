import { describe, expect, test } from '@jest/globals'
import { StepError } from '../../src/base/errors.ts'
import { type EndpointDirectory } from '../../src/endpoint-directory.ts'
import { createEndpointProof } from '../../src/endpoint-proof.ts'
import { answerFailure } from '../../src/registry/failure.ts'
import { type Answer, type RegistryRequest } from '../../src/registry/http.ts'
import { type ImageState } from '../../src/registry/image-state.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { LOGIN_SERVER, WEB, digestOf } from './fixtures.ts'

const HOST = 'contoso.eastus.geo.azurecr.io'
const LAYER = digestOf('layer')
const IMAGE = JSON.stringify({ layers: [{ digest: LAYER }] })
const DIGEST = digestOf(IMAGE)

type Serve = (request: RegistryRequest) => string | number | Error

/** A host that has the image. */
const full: Serve = ({ path }) => (path.includes('/blobs/') ? '' : IMAGE)
const reset = new StepError('transient', 'read ECONNRESET', { code: 'ECONNRESET' })

/** A proof over hosts that answer with a body, a status, or not at all. */
function proofOf(serve: Serve, { hosts = { eastus: HOST }, enabled = true, isNew = false } = {}) {
  const clock = createFakeClock()
  const known: Readonly<Record<string, string | undefined>> = hosts
  const directory: EndpointDirectory = {
    enabled,
    hostOf: region => known[region],
    findHost: async region => known[region],
    includes: () => true,
  }
  const answer = (status: number, body: string): Answer => ({
    status,
    body,
    header: name => (name === 'docker-content-digest' ? digestOf(body) : undefined),
  })
  const session = {
    refreshToken: () => Promise.reject(new Error('not asked for')),
    forget: () => undefined,
    accessToken: () => Promise.reject(new Error('not asked for')),
    missingRole: '',
    failure: (failed: Answer, what: string) => answerFailure(failed, what, 0, ''),
    async request(what: string, request: RegistryRequest): Promise<Answer> {
      const served = serve(request)
      if (served instanceof Error) throw served
      if (typeof served === 'string') return answer(200, served)
      if (served >= 500) throw answerFailure(answer(served, ''), what, 0, '')
      return answer(served, '')
    },
  }
  const references = [WEB]
  const proof = createEndpointProof({
    session,
    directory,
    loginServer: LOGIN_SERVER,
    references,
    isNew: () => isNew,
    clock,
  })
  /** What a look says, also when it throws. */
  const look = (final = false): Promise<ImageState | string> =>
    proof.look('eastus', final).catch((error: unknown) => `threw ${(error as Error).message}`)
  /** What looks over this time say. */
  const watch = async (ms: number) => {
    const seen: (ImageState | string)[] = []
    for (let at = 0; at <= ms; at += 500) {
      seen.push(await look())
      clock.advance(500)
    }
    return seen
  }
  return { proof, look, watch, clock }
}
const kindOf = (state: ImageState | string | undefined) => (typeof state === 'string' ? 'threw' : state?.kind)

describe('look', () => {
  test('knows nothing before it is told what to expect', async () => {
    expect(await proofOf(full).look()).toEqual({ kind: 'unknown' })
  })

  test('proves a region that serves everything', async () => {
    const { proof, look } = proofOf(full)
    proof.expect(DIGEST)
    expect(await look()).toEqual({ kind: 'served', proof: 'regional-endpoint' })
    expect(await look(true)).toEqual({ kind: 'served', proof: 'regional-endpoint' })
  })

  test('cannot prove anything without regional endpoints', async () => {
    const { proof, look } = proofOf(full, { enabled: false })
    proof.expect(DIGEST)
    expect(await look()).toMatchObject({ kind: 'unprovable', detail: expect.stringContaining('no regional endpoints') })
  })

  test('a region without a host is waited for, and then cannot be proved', async () => {
    const { proof, watch } = proofOf(full, { hosts: { eastus: undefined } as never })
    proof.expect(DIGEST)
    const kinds = (await watch(10_000)).map(kindOf)
    expect([kinds[0], kinds.at(-1)]).toEqual(['unread', 'unprovable'])
  })
})

describe('a host out of reach', () => {
  test.each([
    ['does not resolve', new StepError('not-found', 'getaddrinfo ENOTFOUND', { code: 'ENOTFOUND' })],
    ['refuses this runner', 403],
    ['has an unknown certificate', new StepError('invalid', 'self-signed certificate')],
    ['never answers', new StepError('transient', 'connect ETIMEDOUT', { code: 'ETIMEDOUT' })],
    ['takes no token', new StepError('auth', 'HTTP 401', { status: 401 })],
  ])('that %s: passing at first, lasting after a while', async (_, failure) => {
    const { proof, watch } = proofOf(() => failure)
    proof.expect(DIGEST)
    const kinds = (await watch(10_000)).map(kindOf)
    expect(kinds.slice(0, 3)).toEqual(['threw', 'threw', 'threw'])
    expect(kinds.at(-1)).toBe('unprovable')
  })

  test('a new one gets longer: its name has to spread', async () => {
    const { proof, watch } = proofOf(() => new StepError('not-found', 'ENOTFOUND'), { isNew: true })
    proof.expect(DIGEST)
    expect(new Set((await watch(60_000)).map(kindOf))).toEqual(new Set(['threw']))
    expect((await watch(120_000)).map(kindOf).at(-1)).toBe('unprovable')
  })

  test('one good look starts the count anew', async () => {
    let failure: string | Error = reset
    const { proof, watch, look } = proofOf(request => (failure instanceof Error ? failure : full(request)))
    proof.expect(DIGEST)
    await watch(4_000)
    failure = ''
    expect(kindOf(await look())).toBe('served')
    failure = new StepError('not-found', 'ENOTFOUND')
    expect((await watch(4_000)).map(kindOf)).not.toContain('unprovable')
  })
})

describe('a host within reach is never out of it', () => {
  test.each<[string, Serve]>([
    ['that fails again and again', () => 503],
    ['that serves other bytes under the digest', request => (request.path.includes('/blobs/') ? '' : `${IMAGE} `)],
    ['that resets every request for a layer', request => (request.path.includes('/blobs/') ? reset : full(request))],
    ['that resets every request for the tag', request => (request.path.endsWith(WEB.tag) ? reset : full(request))],
  ])('%s', async (_, serve) => {
    const { proof, watch } = proofOf(serve)
    proof.expect(DIGEST)
    expect(new Set((await watch(600_000)).map(kindOf))).toEqual(new Set(['threw']))
  })

  test('that does not have the image yet', async () => {
    const { proof, watch } = proofOf(() => 404)
    proof.expect(DIGEST)
    expect(new Set((await watch(60_000)).map(kindOf))).toEqual(new Set(['incomplete']))
  })
})

describe('tags before the push', () => {
  test('tell an old image from somebody else’s', async () => {
    let tag = 'old'
    const { proof, look } = proofOf(request => (request.path.endsWith(WEB.tag) ? tag : full(request)))
    await proof.rememberTags(['eastus', 'nowhere'])
    proof.expect(DIGEST)
    expect(await look()).toMatchObject({ kind: 'other-tag', serves: digestOf('old'), conflict: false })
    tag = 'theirs'
    expect(await look()).toMatchObject({ kind: 'other-tag', serves: digestOf('theirs'), conflict: true })
    expect(proof.servedBefore(WEB, digestOf('old'))).toBe(true)
    expect(proof.servedBefore(WEB, digestOf('theirs'))).toBe(false)
    expect(proof.servedBefore({ ...WEB, tag: 'latest' }, digestOf('old'))).toBe(false)
  })

  test('are those of the login server and of every region', async () => {
    const { proof } = proofOf(({ host }) => host)
    await proof.rememberTags(['eastus'])
    expect([LOGIN_SERVER, HOST].map(served => proof.servedBefore(WEB, digestOf(served)))).toEqual([true, true])
  })

  test('that cannot be read do not stop the run', async () => {
    const { proof } = proofOf(() => reset)
    await proof.rememberTags(['eastus'])
    expect(proof.servedBefore(WEB, digestOf('old'))).toBe(false)
  })
})

test.each([307, 400, 405, 410, 501])(
  'a host that answers %i for ever is within reach, and waited for',
  async status => {
    const odd = answerFailure({ status, body: '', header: () => undefined }, 'Look', 0, '')
    const { proof, watch } = proofOf(() => odd)
    proof.expect(DIGEST)
    expect(new Set((await watch(10_000)).map(kindOf))).toEqual(new Set(['threw']))
  },
)

describe('a host that says 401', () => {
  const refused = answerFailure({ status: 401, body: '', header: () => undefined }, 'Look', 0, '')

  test('to an identity that no other host lets in is out of reach', async () => {
    const { proof, watch } = proofOf(() => refused)
    await proof.rememberTags(['eastus'])
    proof.expect(DIGEST)
    expect(kindOf((await watch(6_000)).at(-1))).toBe('unprovable')
  })

  test('to one that another lets in is asked again', async () => {
    const { proof, watch } = proofOf(({ host }) => (host === HOST ? refused : 404))
    await proof.rememberTags(['eastus'])
    proof.expect(DIGEST)
    expect(kindOf((await watch(60_000)).at(-1))).toBe('threw')
  })
})
