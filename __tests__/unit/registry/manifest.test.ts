import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { StepError } from '../../../src/base/errors.ts'
import { hasBlob, parseManifest, readManifest, resolveDigest } from '../../../src/registry/manifest.ts'
import { type RegistrySession } from '../../../src/registry/session.ts'
import { answerFailure } from '../../../src/registry/failure.ts'
import { type RegistryRequest } from '../../../src/registry/http.ts'
import { digestOf, rejection, thrownBy } from '../fixtures.ts'

const [A, B, C] = ['a', 'b', 'c'].map(digestOf) as [string, string, string]
const parse = (body: unknown, contentType = '') => parseManifest(JSON.stringify(body), A, contentType)

describe('parseManifest', () => {
  test('an image: configuration and layers, each once', () => {
    const image = { mediaType: 'm', config: { digest: A }, layers: [{ digest: B }, { digest: C }, { digest: B }] }
    expect(parse(image)).toEqual({ digest: A, mediaType: 'm', children: [], blobs: [A, B, C] })
  })

  test('an index: its manifests, attestations included', () => {
    const attestation = { digest: C, annotations: { 'vnd.docker.reference.type': 'attestation-manifest' } }
    const index = { manifests: [{ digest: B, platform: {} }, attestation] }
    expect(parse(index, 'application/vnd.oci.image.index.v1+json; charset=utf-8')).toEqual({
      digest: A,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      children: [B, C],
      blobs: [],
    })
  })

  test('an artifact: its blobs', () => expect(parse({ blobs: [{ digest: B }] }).blobs).toEqual([B]))

  test.each(['application/vnd.docker.image.rootfs.foreign.diff.tar.gzip', 'x.nondistributable.v1.tar'])(
    'a layer of type %s is stored elsewhere',
    mediaType => expect(parse({ layers: [{ digest: B, mediaType }, { digest: C }] }).blobs).toEqual([C]),
  )

  test.each([
    ['no JSON', 'x'],
    ['nothing', ''],
    ['null', 'null'],
    ['an array', '[]'],
    ['a text', '"x"'],
    ['a layer without a digest', '{"layers":[{}]}'],
    ['a digest of another kind', '{"manifests":[{"digest":"sha512:abc"}]}'],
    ['a digest that is no text', '{"layers":[{"digest":{"toString":1}}]}'],
    ['a digest that is a path', '{"config":{"digest":"../../x"}}'],
  ])('refuses %s', (_, text) =>
    expect(thrownBy(() => parseManifest(text, A, ''))).toMatchObject({ name: 'StepError', kind: 'invalid' }),
  )

  test('any text is a manifest of digests or a StepError', () => {
    const item = fc.record({ digest: fc.oneof(fc.constantFrom(B, C), fc.anything()), mediaType: fc.anything() })
    const list = fc.oneof(fc.array(fc.oneof(item, fc.anything())), fc.anything())
    const body = fc.record({ config: item, layers: list, manifests: list, mediaType: fc.anything() })
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      body.map(value => JSON.stringify(value) ?? ''),
    )
    fc.assert(
      fc.property(text, written => {
        const error = thrownBy(() => {
          const { children, blobs } = parseManifest(written, A, '')
          for (const digest of [...children, ...blobs]) expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/)
        })
        if (error !== undefined) expect(error).toBeInstanceOf(StepError)
      }),
    )
  })
})

const PLACE = { host: 'contoso.azurecr.io', repository: 'team/web' }

/** A session whose registry gives one answer. */
function answering(status: number, body = '', headers: Record<string, string> = {}) {
  const asked: (RegistryRequest & { readonly scope: string })[] = []
  const session: RegistrySession = {
    refreshToken: () => Promise.reject(new Error('not asked for')),
    forget: () => undefined,
    accessToken: () => Promise.reject(new Error('not asked for')),
    missingRole: '',
    failure: (answer, what) => answerFailure(answer, what, 0, ''),
    async request(_what, request, scope) {
      asked.push({ ...request, scope })
      return { status, body, header: name => headers[name] }
    },
  }
  return { session, asked }
}

describe('resolveDigest', () => {
  test('asks with HEAD, for every type a manifest may have, with a token that may pull', async () => {
    const { session, asked } = answering(200, '', { 'docker-content-digest': B })
    expect(await resolveDigest(session, PLACE, '1.2')).toBe(B)
    expect(asked).toMatchObject([
      { method: 'HEAD', host: PLACE.host, path: '/v2/team/web/manifests/1.2', scope: 'repository:team/web:pull' },
    ])
    for (const type of ['oci.image.index.v1', 'oci.image.manifest.v1', 'docker.distribution.manifest.list.v2'])
      expect(asked[0]?.headers?.['accept']).toContain(type)
  })

  test('404 is not there', async () => {
    expect(await resolveDigest(answering(404).session, PLACE, '1.2')).toBeUndefined()
  })

  test.each([
    ['a refusal', 403, undefined, 'forbidden'],
    ['an answer without a digest', 200, undefined, 'transient'],
    ['a digest that is none', 200, 'sha256:short', 'transient'],
    ['a redirect', 307, B, 'invalid'],
  ])('%s is an error', async (_, status, digest, kind) => {
    const { session } = answering(status, '', digest === undefined ? {} : { 'docker-content-digest': digest })
    expect(await rejection(resolveDigest(session, PLACE, '1.2'))).toMatchObject({ kind })
  })
})

describe('readManifest', () => {
  const text = JSON.stringify({ layers: [{ digest: B }] })

  test('takes the bytes only when they are the digest’s', async () => {
    expect(await readManifest(answering(200, text).session, PLACE, digestOf(text))).toMatchObject({ blobs: [B] })
    expect(await rejection(readManifest(answering(200, `${text} `).session, PLACE, digestOf(text)))).toMatchObject({
      message: expect.stringContaining(`the bytes served have the digest ${digestOf(`${text} `)}`),
    })
  })

  test('404 is not there, unless the registry means the Accept header', async () => {
    const message = 'Accept header does not support OCI index'
    const body = JSON.stringify({ errors: [{ code: 'MANIFEST_UNKNOWN', message }] })
    expect(await readManifest(answering(404).session, PLACE, A)).toBeUndefined()
    expect(await rejection(readManifest(answering(404, body).session, PLACE, A))).toMatchObject({ kind: 'invalid' })
  })

  test('any other status is an error', async () => {
    expect(await rejection(readManifest(answering(403).session, PLACE, A))).toMatchObject({ kind: 'forbidden' })
  })
})

test.each([
  [200, true],
  [302, true],
  [307, true],
  [404, false],
])('hasBlob: %d is %s', async (status, there) => {
  const { session, asked } = answering(status)
  expect(await hasBlob(session, PLACE, B)).toBe(there)
  expect(asked).toMatchObject([{ method: 'HEAD', path: `/v2/team/web/blobs/${B}` }])
})

test('hasBlob: any other status is an error', async () => {
  expect(await rejection(hasBlob(answering(403).session, PLACE, B))).toMatchObject({ kind: 'forbidden' })
})
