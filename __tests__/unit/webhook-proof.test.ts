import { describe, expect, test } from '@jest/globals'
import { type WebhookEvent } from '../../src/azure/webhooks.ts'
import { type References } from '../../src/registry-target.ts'
import { type EndpointProof } from '../../src/endpoint-proof.ts'
import { createImageProof } from '../../src/proof.ts'
import { type ImageState } from '../../src/registry/image-state.ts'
import { type WebhookProof, createWebhookProof } from '../../src/webhook-proof.ts'
import { WEB, digestOf } from './fixtures.ts'

const [OLD, NEW] = ['old', 'new'].map(digestOf) as [string, string]
const LATEST = { ...WEB, tag: 'latest' }
const SERVED = { kind: 'served', proof: 'webhook' }

let clock = 0
const event = (digest: string, more: Partial<WebhookEvent> = {}): WebhookEvent => {
  clock += 1000
  return { action: 'push', id: `event ${clock}`, at: clock, repository: WEB.repository, tag: WEB.tag, digest, ...more }
}

/** A proof over the webhook of one region and what it heard. */
function proofOf(references = [WEB]) {
  const events: WebhookEvent[] = []
  const unusable: string[] = []
  let failure: Error | undefined
  const proof = createWebhookProof({
    webhooks: new Map([['eastus', 'hook1']]),
    references,
    async readEvents(webhook) {
      expect(webhook).toBe('hook1')
      if (failure !== undefined) throw failure
      return [...events]
    },
    onUnusable: region => unusable.push(region),
  })
  return { proof, events, unusable, fail: (error: Error) => (failure = error), look: () => proof.look('eastus', false) }
}

describe('createWebhookProof', () => {
  test('knows nothing before it is told what to expect, or without a webhook', async () => {
    const { proof, look } = proofOf()
    expect([proof.has('eastus'), proof.has('westus'), await look()]).toEqual([true, false, { kind: 'unknown' }])
    proof.expect(NEW, false)
    expect(await proof.look('westus', false)).toEqual({ kind: 'unknown' })
  })

  test('proves a region once its webhook has heard of the push', async () => {
    const { proof, look, events } = proofOf()
    proof.expect(NEW, false)
    expect(await look()).toMatchObject({ kind: 'incomplete', detail: expect.stringContaining('team/web:1.2') })
    events.push(event(NEW))
    expect(await look()).toEqual(SERVED)
  })

  test.each([
    ['another digest', { digest: OLD }],
    ['another tag', { tag: '1.3' }],
    ['another repository', { repository: 'team/api' }],
  ])('an event of %s proves nothing', async (_, more) => {
    const { proof, look, events } = proofOf()
    proof.expect(NEW, false)
    events.push(event(NEW, more))
    expect((await look()).kind).not.toBe('served')
  })

  test('events of earlier pushes do not count, unless the image has been there before', async () => {
    const { proof, look, events } = proofOf()
    events.push(event(NEW))
    await proof.rememberEvents()
    proof.expect(NEW, false)
    expect((await look()).kind).toBe('incomplete')
    proof.expect(NEW, true)
    expect(await look()).toEqual(SERVED)
  })

  test('every reference counts', async () => {
    const { proof, look, events } = proofOf([WEB, LATEST])
    proof.expect(NEW, false)
    events.push(event(NEW))
    expect(await look()).toMatchObject({ kind: 'incomplete', detail: expect.stringContaining('team/web:latest') })
    events.push(event(NEW, { tag: 'latest' }))
    expect(await look()).toEqual(SERVED)
  })

  test('a push that came after ours is what the region serves now', async () => {
    const { proof, look, events } = proofOf()
    proof.expect(NEW, false)
    events.push(event(NEW), event(digestOf('between')), event(OLD))
    expect(await look()).toMatchObject({ kind: 'other-tag', serves: OLD, conflict: true })
    events.push(event(NEW))
    expect(await look()).toEqual(SERVED)
  })

  test.each([
    ['its digest', { digest: NEW, tag: '' }],
    ['its tag', { digest: '', tag: WEB.tag }],
    ['its digest, in the same moment', { digest: NEW, tag: '', at: 0 }],
  ])('a region that has heard of the deletion of %s since does not serve it', async (_, what) => {
    const { proof, look, events } = proofOf()
    proof.expect(NEW, true)
    const pushed = event(NEW)
    const at = 'at' in what ? { at: pushed.at } : {}
    events.push(event(NEW, { action: 'delete', ...what, ...at }), pushed)
    if (!('at' in what)) events[1] = { ...pushed, at: (events[0]?.at ?? 0) - 1 }
    expect(await look()).toMatchObject({ kind: 'incomplete', detail: expect.stringContaining('was deleted') })
    events.push(event(NEW))
    expect(await look()).toEqual(SERVED)
  })

  test.each([
    ['another digest', { digest: OLD, tag: '' }],
    ['another tag', { digest: NEW, tag: 'latest' }],
    ['another repository', { digest: NEW, tag: '', repository: 'team/api' }],
  ])('the deletion of %s means nothing', async (_, what) => {
    const { proof, look, events } = proofOf()
    proof.expect(NEW, true)
    events.push(event(NEW))
    events.push(event('', { action: 'delete', ...what }))
    expect(await look()).toEqual(SERVED)
  })

  test('at the end it asks once more', async () => {
    const { proof, look, events } = proofOf()
    proof.expect(NEW, false)
    events.push(event(NEW))
    await look()
    events.push(event(OLD))
    expect(await look()).toEqual(SERVED)
    expect(await proof.look('eastus', true)).toMatchObject({ kind: 'other-tag', serves: OLD })
  })

  test('a webhook whose earlier events cannot be read proves nothing, and the run goes on', async () => {
    const { proof, fail, unusable } = proofOf()
    fail(new Error('HTTP 403'))
    await proof.rememberEvents()
    expect([proof.has('eastus'), unusable]).toEqual([false, ['eastus']])
  })

  test('a look that fails is the caller’s to repeat', async () => {
    const { proof, look, fail } = proofOf()
    proof.expect(NEW, false)
    fail(new Error('HTTP 503'))
    await expect(look()).rejects.toThrow('HTTP 503')
  })
})

describe('createImageProof', () => {
  const REFERENCES: References = [WEB, LATEST]
  function both(endpoint: ImageState, { has = true, pushes = true, before = [] as string[] } = {}) {
    const calls: unknown[] = []
    const endpoints: EndpointProof = {
      rememberTags: async regions => void calls.push(['tags', regions]),
      servedBefore: ({ tag }, digest) => before.includes(`${tag}@${digest}`),
      expect: digest => void calls.push(['endpoints', digest]),
      look: async () => endpoint,
    }
    const webhooks: WebhookProof = {
      has: () => has,
      rememberEvents: async () => void calls.push(['events']),
      expect: (digest, old) => void calls.push(['webhooks', digest, old]),
      look: async () => ({ kind: 'served', proof: 'webhook' }),
    }
    return { proof: createImageProof(endpoints, webhooks, REFERENCES, pushes), calls }
  }

  test('remembers tags and events', async () => {
    const { proof, calls } = both({ kind: 'unknown' })
    await proof.remember(['eastus'])
    expect(calls).toEqual([['tags', ['eastus']], ['events']])
  })

  test.each([
    ['a push of something new', { pushes: true, before: [`1.2@${NEW}`] }, false],
    ['a push of what was there under all tags', { pushes: true, before: [`1.2@${NEW}`, `latest@${NEW}`] }, true],
    ['no push', { pushes: false }, true],
  ])('old events count after %s: %#', (_, given, old) => {
    const { proof, calls } = both({ kind: 'unknown' }, given)
    proof.expect(NEW)
    expect(calls).toEqual([
      ['endpoints', NEW],
      ['webhooks', NEW, old],
    ])
  })

  const unprovable: ImageState = { kind: 'unprovable', detail: 'x' }
  test.each<[string, ImageState, boolean, ImageState['kind']]>([
    ['the endpoint is asked first', { kind: 'incomplete', detail: 'x' }, true, 'incomplete'],
    ['a passing fault is no reason to ask the webhook', { kind: 'unread', detail: 'x' }, true, 'unread'],
    ['the webhook where the endpoint cannot tell', unprovable, true, 'served'],
    ['neither where there is none', unprovable, false, 'unprovable'],
  ])('%s', async (_, endpoint, has, kind) =>
    expect((await both(endpoint, { has }).proof.look('eastus', false)).kind).toBe(kind),
  )
})
