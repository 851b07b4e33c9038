import { beforeEach, describe, expect, test } from '@jest/globals'
import { answerFailure } from '../../../src/registry/failure.ts'
import { type ImageState, describeImage } from '../../../src/registry/image-state.ts'
import { createProbe, tagsNow } from '../../../src/registry/probe.ts'
import { type RegistrySession } from '../../../src/registry/session.ts'
import { digestOf, rejection } from '../fixtures.ts'

const HOST = 'contoso.eastus.geo.azurecr.io'
const [CONFIG, LAYER, SHARED] = ['config', 'layer', 'shared'].map(digestOf) as [string, string, string]
const image = (config: string, ...layers: string[]) =>
  JSON.stringify({ config: { digest: config }, layers: layers.map(digest => ({ digest })) })
const index = (...children: string[]) => JSON.stringify({ manifests: children.map(digest => ({ digest })) })
const AMD = image(CONFIG, LAYER, SHARED)
const ARM = image(CONFIG, SHARED)
const INDEX = index(digestOf(AMD), digestOf(ARM))
const DIGEST = digestOf(INDEX)

/** One host: what it serves below `/v2/`, and how often it was asked for it. */
const served = new Map<string, string>()
const asked: string[] = []
const session: RegistrySession = {
  refreshToken: () => Promise.reject(new Error('not asked for')),
  forget: () => undefined,
  accessToken: () => Promise.reject(new Error('not asked for')),
  missingRole: '',
  failure: (answer, what) => answerFailure(answer, what, 0, ''),
  async request(_what, { path }, _scope, attempts) {
    expect(attempts).toBe(1)
    asked.push(path.slice('/v2/'.length))
    const body = served.get(path.slice('/v2/'.length))
    if (body === 'refused') return { status: 403, body: '', header: () => undefined }
    if (body === undefined) return { status: 404, body: '', header: () => undefined }
    return { status: 200, body, header: name => (name === 'docker-content-digest' ? digestOf(body) : undefined) }
  },
}
const put = (repository: string, ...manifests: string[]) =>
  manifests.forEach(text => served.set(`${repository}/manifests/${digestOf(text)}`, text))
const blobs = (repository: string, ...digests: string[]) =>
  digests.forEach(digest => served.set(`${repository}/blobs/${digest}`, ''))
const tag = (name: string, text: string) => served.set(name.replace(':', '/manifests/'), text)
const fill = (repository: string) => {
  put(repository, INDEX, AMD, ARM)
  blobs(repository, CONFIG, LAYER, SHARED)
}
function probe(names = ['web:1.2'], before: string[] = []) {
  const references = names.map(name => {
    const [repository = '', named = ''] = name.split(':')
    return { host: undefined, repository, tag: named }
  })
  const made = createProbe({ session, host: HOST, digest: DIGEST, before: new Set(before), references })
  return { check: (final: boolean) => made.check(final, 1) }
}

beforeEach(() => {
  served.clear()
  asked.length = 0
})

describe('createProbe', () => {
  test('follows an image as it arrives, part by part', async () => {
    const { check } = probe()
    const words = async () => describeImage(await check(false))
    expect(await words()).toBe('the image is not there yet')
    put('web', INDEX)
    expect(await words()).toBe('1 of 3 manifests are there')
    put('web', AMD, ARM)
    expect(await words()).toBe('0 of 3 layers are there')
    blobs('web', CONFIG, SHARED)
    expect(await words()).toBe('2 of 3 layers are there')
    blobs('web', LAYER)
    expect(await words()).toBe('the tag 1.2 is not there yet')
    tag('web:1.2', INDEX)
    expect(await check(false)).toEqual({ kind: 'served', proof: 'regional-endpoint' })
  })

  test('asks again only for what was missing', async () => {
    const { check } = probe()
    fill('web')
    served.delete(`web/blobs/${LAYER}`)
    await check(false)
    asked.length = 0
    blobs('web', LAYER)
    tag('web:1.2', INDEX)
    await check(false)
    expect(asked).toEqual([`web/blobs/${LAYER}`, 'web/manifests/1.2'])
  })

  test('at the end asks for everything once more, each layer once', async () => {
    const { check } = probe()
    fill('web')
    tag('web:1.2', INDEX)
    await check(false)
    asked.length = 0
    expect((await check(true)).kind).toBe('served')
    expect(asked).toHaveLength(3 + 3 + 1)
    expect(new Set(asked).size).toBe(asked.length)
  })

  test.each<[string, () => void, RegExp]>([
    ['a layer', () => served.delete(`web/blobs/${LAYER}`), /2 of 3 layers/],
    ['a manifest', () => served.delete(`web/manifests/${digestOf(ARM)}`), /2 of 3 manifests/],
    ['the tag', () => served.delete('web/manifests/1.2'), /tag 1\.2 is not there/],
    ['the image', () => served.clear(), /the image is not there/],
  ])('sees at the end that %s has gone, and asks for it again from then on', async (_, lose, words) => {
    const { check } = probe()
    fill('web')
    tag('web:1.2', INDEX)
    await check(false)
    lose()
    expect(await check(false)).toMatchObject({ kind: 'served' })
    expect(describeImage(await check(true))).toMatch(words)
    expect(describeImage(await check(false))).toMatch(words)
  })

  test('every repository and every tag counts', async () => {
    const { check } = probe(['web:1.2', 'web:latest', 'mirror:1.2'])
    fill('web')
    tag('web:1.2', INDEX)
    tag('web:latest', INDEX)
    expect(await check(false)).toEqual({ kind: 'incomplete', detail: 'the image is not there yet' })
    fill('mirror')
    tag('mirror:1.2', INDEX)
    served.delete('web/manifests/latest')
    expect(await check(true)).toEqual({ kind: 'incomplete', detail: 'the tag latest is not there yet' })
  })

  test.each<[string, string, string[], Partial<ImageState>]>([
    ['what it served before', 'old', [`web:1.2@${digestOf('old')}`], { conflict: false }],
    ['one platform of ours', ARM, [], { conflict: false }],
    ['what nobody knows', 'theirs', [], { conflict: true }],
    ['what another tag served before', 'theirs', [`web:1.1@${digestOf('theirs')}`], { conflict: true }],
  ])('a tag that resolves to %s is not served', async (_, text, before, expected) => {
    const { check } = probe(['web:1.2'], before)
    fill('web')
    tag('web:1.2', text)
    expect(await check(false)).toEqual({
      kind: 'other-tag',
      repository: 'web',
      tag: '1.2',
      serves: digestOf(text),
      ...expected,
    })
  })

  test('indexes may nest, and name each other', async () => {
    const inner = index(digestOf(AMD))
    const outer = index(digestOf(inner), digestOf(AMD))
    put('web', outer, inner, AMD)
    blobs('web', CONFIG, LAYER, SHARED)
    tag('web:1', outer)
    const references = [{ host: undefined, repository: 'web', tag: '1' }]
    const nested = createProbe({ session, host: HOST, digest: digestOf(outer), before: new Set(), references })
    expect((await nested.check(false, 1)).kind).toBe('served')
    expect(asked.filter(path => path === `web/manifests/${digestOf(AMD)}`)).toHaveLength(1)
  })

  test('nothing can be pulled from an index of nothing', async () => {
    const empty = JSON.stringify({ manifests: [] })
    put('web', empty)
    tag('web:1.2', empty)
    const references = [{ host: undefined, repository: 'web', tag: '1.2' }]
    const made = createProbe({ session, host: HOST, digest: digestOf(empty), before: new Set(), references })
    expect(await made.check(false, 1)).toEqual({
      kind: 'incomplete',
      detail: `there is nothing to pull in ${digestOf(empty)}`,
    })
  })

  test('a refusal is the caller’s to judge', async () => {
    served.set(`web/manifests/${DIGEST}`, 'refused')
    expect(await rejection(probe().check(false))).toMatchObject({ kind: 'forbidden' })
  })
})

test('tagsNow tells what tags resolve to, and leaves out those that are not there', async () => {
  tag('web:1.2', 'old')
  const references = ['1.2', 'latest'].map(name => ({ host: undefined, repository: 'web', tag: name }))
  expect(await tagsNow(session, HOST, references)).toEqual([`web:1.2@${digestOf('old')}`])
})
