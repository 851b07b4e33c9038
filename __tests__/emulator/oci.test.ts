import { createHash, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { type Emulator, startEmulator } from '../../emulator/index.ts'
import {
  ask,
  digestOf,
  ociIndex,
  ociManifest,
  openRepository,
  pushImage,
  pushIndex,
  registryToken,
  type Reply,
  type Repository,
} from './clients.ts'

const dockerManifest = 'application/vnd.docker.distribution.manifest.v2+json'
let emulator: Emulator
let repository: Repository
let host: string
let count = 0

beforeAll(async () => {
  emulator = await startEmulator({ registry: { limits: { manifest: 20_000, blob: 10_000 } } })
  host = emulator.ready.loginServer
})
beforeEach(async () => {
  repository = await openRepository(emulator, host, `team/app${count++}`)
})
afterAll(() => emulator.stop())

const code = (reply: Reply) => [reply.status, reply.json<{ errors: { code: string }[] }>().errors[0]?.code]
const relative = (reply: Reply) => String(reply.headers.location).replace(`/v2/${repository.name}/`, '')

describe('blobs', () => {
  const bytes = randomBytes(1000)
  const digest = digestOf(bytes)

  test('in chunks: PATCH, PATCH, PUT; the range tells how far; a gap is refused', async () => {
    const started = await repository.ask('blobs/uploads/', { method: 'POST' })
    expect(started.status).toBe(202)
    const upload = relative(started)
    const chunk = (from: number, to: number) =>
      repository.ask(upload, {
        method: 'PATCH',
        body: bytes.subarray(from, to),
        headers: { 'content-range': `${from}-${to - 1}` },
      })
    expect((await chunk(0, 400)).headers.range).toBe('0-399')
    expect((await chunk(500, 600)).status).toBe(416)
    expect((await chunk(400, 700)).status).toBe(202)
    expect((await repository.ask(upload)).headers.range).toBe('0-699')
    const done = await repository.ask(`${upload}&digest=${digest}`, { method: 'PUT', body: bytes.subarray(700) })
    expect([done.status, done.headers['docker-content-digest']]).toEqual([201, digest])
    expect((await repository.ask(`blobs/${digest}`, { method: 'HEAD' })).headers['content-length']).toBe('1000')
    expect(await emulator.truth.blob('westus', repository.name, digest)).toEqual(bytes)
  })

  test('in one POST, and by sha512', async () => {
    const posted = await repository.ask(`blobs/uploads/?digest=${digest}`, { method: 'POST', body: bytes })
    expect(posted.status).toBe(201)
    const sha512 = `sha512:${createHash('sha512').update(bytes).digest('hex')}`
    expect((await repository.ask(`blobs/uploads/?digest=${sha512}`, { method: 'POST', body: bytes })).status).toBe(201)
  })

  test.each([
    ['another digest', () => digestOf(Buffer.from('other')), [400, 'DIGEST_INVALID']],
    ['no digest', () => 'nonsense', [400, 'DIGEST_INVALID']],
  ])('%s is refused', async (_what, wrong, expected) => {
    expect(code(await repository.ask(`blobs/uploads/?digest=${wrong()}`, { method: 'POST', body: bytes }))).toEqual(
      expected,
    )
  })

  test('over the limit', async () => {
    const upload = relative(await repository.ask('blobs/uploads/', { method: 'POST' }))
    expect(code(await repository.ask(upload, { method: 'PATCH', body: randomBytes(10_001) }))).toEqual([
      413,
      'SIZE_INVALID',
    ])
  })

  test('cut off in the middle keeps what came, and goes on from there', async () => {
    const upload = relative(await repository.ask('blobs/uploads/', { method: 'POST' }))
    const remove = emulator.addFault({ match: { method: 'PATCH' }, count: 1, action: { after: true, reset: true } })
    await expect(repository.ask(upload, { method: 'PATCH', body: bytes.subarray(0, 400) })).rejects.toThrow()
    remove()
    expect((await repository.ask(upload)).headers.range).toBe('0-399')
    const done = await repository.ask(`${upload}&digest=${digest}`, { method: 'PUT', body: bytes.subarray(400) })
    expect(done.status).toBe(201)
  })

  test('an upload given up, or never begun, is unknown', async () => {
    const upload = relative(await repository.ask('blobs/uploads/', { method: 'POST' }))
    expect((await repository.ask(upload, { method: 'DELETE' })).status).toBe(204)
    expect(code(await repository.ask(upload, { method: 'PATCH', body: bytes }))).toEqual([404, 'BLOB_UPLOAD_UNKNOWN'])
  })

  test('GET is sent on to the data host of the region, which takes no other credentials, whole or in part', async () => {
    await repository.putBlob(bytes)
    const redirect = await repository.ask(`blobs/${digest}`)
    const location = String(redirect.headers.location)
    expect(redirect.status).toBe(307)
    expect(location).toMatch(/^https:\/\/contoso\.westus\.data\.localhost:\d+\/data\/sha256:/)
    expect((await ask(emulator, location)).body).toEqual(bytes)
    const part = await ask(emulator, location, { headers: { range: 'bytes=10-19' } })
    expect([part.status, part.headers['content-range'], part.body]).toEqual([
      206,
      'bytes 10-19/1000',
      bytes.subarray(10, 20),
    ])
    expect((await ask(emulator, location, { headers: { authorization: 'Bearer x' } })).status).toBe(403)
    expect((await ask(emulator, location.replace('sig=', 'sig=x'))).status).toBe(403)
  })

  test('belong to their repository; a mount makes them another’s too', async () => {
    await repository.putBlob(bytes)
    const other = await openRepository(emulator, host, `${repository.name}/other`)
    expect((await other.ask(`blobs/${digest}`, { method: 'HEAD' })).status).toBe(404)
    const mounted = await other.ask(`blobs/uploads/?mount=${digest}&from=${repository.name}`, { method: 'POST' })
    expect(mounted.status).toBe(201)
    expect((await other.ask(`blobs/${digest}`, { method: 'HEAD' })).status).toBe(200)
    const unknown = await other.ask(`blobs/uploads/?mount=${digestOf(Buffer.from('?'))}&from=${repository.name}`, {
      method: 'POST',
    })
    expect(unknown.status).toBe(202)
  })
})

describe('manifests', () => {
  test('by tag and by digest, byte for byte', async () => {
    const image = await pushImage(repository, '1.2')
    expect([image.reply.status, image.reply.headers['docker-content-digest']]).toEqual([201, image.digest])
    for (const reference of ['1.2', image.digest]) {
      const reply = await repository.ask(`manifests/${reference}`, { headers: { accept: ociManifest } })
      expect([reply.headers['content-type'], reply.headers['docker-content-digest']]).toEqual([
        ociManifest,
        image.digest,
      ])
      expect(digestOf(reply.body)).toBe(image.digest)
    }
    const head = await repository.ask('manifests/1.2', { method: 'HEAD', headers: { accept: ociManifest } })
    expect([head.status, head.body.length, Number(head.headers['content-length']) > 0]).toEqual([200, 0, true])
    const same = await repository.ask('manifests/1.2', {
      headers: { accept: ociManifest, 'if-none-match': `"${image.digest}"` },
    })
    expect(same.status).toBe(304)
  })

  test.each([
    ['no Accept', undefined, 404],
    ['anything', '*/*', 404],
    ['only Docker’s', dockerManifest, 404],
    ['only the index', ociIndex, 404],
    ['its own', ociManifest, 200],
    ['a list with its own, with parameters', `${dockerManifest};q=0.9, ${ociManifest};q=0.5`, 200],
  ])('an OCI manifest with Accept: %s', async (_what, accept, status) => {
    const image = await pushImage(repository, '1')
    for (const reference of ['1', image.digest]) {
      const reply = await repository.ask(`manifests/${reference}`, { headers: accept === undefined ? {} : { accept } })
      expect(reply.status).toBe(status)
      if (status === 404)
        expect(reply.body.toString()).toContain('OCI manifest found, but accept header does not support OCI manifests')
    }
  })

  test('a Docker manifest by digest comes with any Accept', async () => {
    const { manifest } = await pushImage(repository)
    const { digest } = await repository.putManifest({ ...manifest, mediaType: dockerManifest }, 'd')
    expect((await repository.ask(`manifests/${digest}`)).status).toBe(200)
    expect((await repository.ask('manifests/d')).status).toBe(404)
    expect((await repository.ask('manifests/d', { headers: { accept: dockerManifest } })).status).toBe(200)
  })

  test('an index needs its children, an image its blobs: 400 with the digest that lacks', async () => {
    const { manifest } = await pushImage(repository)
    const missing = digestOf(Buffer.from('nowhere'))
    const image = await repository.putManifest({ ...manifest, layers: [{ ...manifest.layers[0], digest: missing }] })
    expect(code(image.reply)).toEqual([400, 'MANIFEST_BLOB_UNKNOWN'])
    expect(image.reply.json<{ errors: { detail: string }[] }>().errors[0]?.detail).toBe(missing)
    const index = await repository.putManifest(
      { schemaVersion: 2, mediaType: ociIndex, manifests: [{ mediaType: ociManifest, digest: missing, size: 1 }] },
      'i',
    )
    expect(code(index.reply)).toEqual([400, 'MANIFEST_BLOB_UNKNOWN'])
  })

  test.each<[string, { body: string; type: string; reference: string }, [number, string]]>([
    ['no JSON', { body: '{', type: ociManifest, reference: '1' }, [400, 'MANIFEST_INVALID']],
    ['a type nobody knows', { body: '{}', type: 'text/plain', reference: '1' }, [400, 'MANIFEST_INVALID']],
    [
      'another type inside',
      { body: JSON.stringify({ mediaType: ociIndex }), type: ociManifest, reference: '1' },
      [400, 'MANIFEST_INVALID'],
    ],
    [
      'another digest',
      { body: '{}', type: ociManifest, reference: digestOf(Buffer.from('x')) },
      [400, 'DIGEST_INVALID'],
    ],
    ['a bad tag', { body: '{}', type: ociManifest, reference: '-x' }, [400, 'TAG_INVALID']],
    ['over the limit', { body: ' '.repeat(20_001), type: ociManifest, reference: '1' }, [413, 'SIZE_INVALID']],
  ])('%s is refused', async (_what, { body, type, reference }, expected) => {
    const reply = await repository.ask(`manifests/${reference}`, {
      method: 'PUT',
      body,
      headers: { 'content-type': type },
    })
    expect(code(reply)).toEqual(expected)
  })

  test('what is not there, in ACR’s words', async () => {
    const byTag = await repository.ask('manifests/nope', { headers: { accept: ociManifest } })
    expect(code(byTag)).toEqual([404, 'MANIFEST_UNKNOWN'])
    expect(byTag.body.toString()).toContain('manifest tagged by \\"nope\\" is not found')
  })

  test.each(['%', '%zz', '..%2f..', 'a'.repeat(300)])(
    'a reference that is none (%s) is just not there',
    async reference => {
      expect((await repository.ask(`manifests/${reference}`)).status).toBe(404)
    },
  )

  test('deleted by tag only the tag goes, by digest the rest', async () => {
    const image = await pushImage(repository, 'x')
    const exists = async (reference: string) =>
      (await repository.ask(`manifests/${reference}`, { headers: { accept: ociManifest } })).status
    expect((await repository.ask('manifests/x', { method: 'DELETE' })).status).toBe(202)
    expect([await exists('x'), await exists(image.digest)]).toEqual([404, 200])
    expect((await repository.ask(`manifests/${image.digest}`, { method: 'DELETE' })).status).toBe(202)
    expect(await exists(image.digest)).toBe(404)
  })
})

describe('lists', () => {
  test('tags in pages', async () => {
    for (const tag of ['c', 'a', 'b']) await pushImage(repository, tag)
    const first = await repository.ask('tags/list?n=2')
    expect(first.json()['tags']).toEqual(['a', 'b'])
    const next = /<(.*)>; rel="next"/.exec(String(first.headers['link']))?.[1] ?? ''
    expect((await repository.ask(next.replace(`/v2/${repository.name}/`, ''))).json()['tags']).toEqual(['c'])
  })

  test('tags of nothing', async () => {
    expect(code(await repository.ask('tags/list'))).toEqual([404, 'NAME_UNKNOWN'])
  })

  test('referrers of a manifest, by type', async () => {
    const image = await pushImage(repository, '1')
    const subject = { mediaType: ociManifest, digest: image.digest, size: 1 }
    const signature = await repository.putManifest({
      ...image.manifest,
      artifactType: 'application/x-signature',
      subject,
    })
    expect(signature.reply.headers['oci-subject']).toBe(image.digest)
    const referrers = async (query = '') =>
      (await repository.ask(`referrers/${image.digest}${query}`)).json<{ manifests: { digest: string }[] }>().manifests
    expect((await referrers()).map(({ digest }) => digest)).toEqual([signature.digest])
    expect(await referrers('?artifactType=other')).toEqual([])
  })

  test('ACR’s own metadata needs metadata_read', async () => {
    const { children } = await pushIndex(repository, 'multi')
    const token = async (scope: string) => ({ authorization: `Bearer ${await registryToken(emulator, host, scope)}` })
    const url = `https://${host}/acr/v1/${repository.name}/_manifests`
    expect((await ask(emulator, url, { headers: await token(`repository:${repository.name}:pull`) })).status).toBe(401)
    const reply = await ask(emulator, url, { headers: await token(`repository:${repository.name}:metadata_read`) })
    const digests = reply.json<{ manifests: { digest: string }[] }>().manifests.map(({ digest }) => digest)
    expect(digests).toEqual(expect.arrayContaining(children.map(({ digest }) => digest)))
    const catalog = await ask(emulator, `https://${host}/v2/_catalog`, { headers: await token('registry:catalog:*') })
    expect(catalog.json()['repositories']).toContain(repository.name)
  })
})
