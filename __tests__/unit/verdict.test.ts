import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type ImageState } from '../../src/registry/image-state.ts'
import { type Look, type ReplicaView, WAIT_FOR, decide, isBad, remedyForPending } from '../../src/verdict.ts'
import { READY } from './fixtures.ts'

const SYNCING: ReplicaView = { kind: 'pending', provisioningState: 'Succeeded', status: 'Syncing', message: '' }
const FAILED: ReplicaView = { kind: 'failed', provisioningState: 'Failed', status: '', message: 'no address left' }
const REPLICAS: readonly ReplicaView[] = [
  READY,
  SYNCING,
  FAILED,
  { kind: 'deleting', provisioningState: 'Deleting', status: 'Ready' },
  { kind: 'absent' },
  { kind: 'home' },
  { kind: 'unread', detail: 'HTTP 503' },
]
const SERVED: ImageState = { kind: 'served', proof: 'webhook' }
const UNPROVABLE: ImageState = { kind: 'unprovable', detail: 'no way' }
const OTHER: ImageState = { kind: 'other-tag', repository: 'web', tag: '1', serves: 'sha256:x', conflict: true }
const IMAGES: readonly ImageState[] = [
  { kind: 'unknown' },
  { kind: 'incomplete', detail: '1 of 3' },
  OTHER,
  SERVED,
  { kind: 'unread', detail: 'reset' },
  UNPROVABLE,
]
const look = (replica: ReplicaView, image: ImageState, badLooks = 0): Look => ({ replica, image, badLooks })
const proved = { kind: 'ready', proof: 'webhook' }
const unproved = { kind: 'ready', proof: 'none' }

describe('decide', () => {
  test.each([
    ['replica', READY, { kind: 'unknown' }, unproved],
    ['replica', { kind: 'home' }, { kind: 'unknown' }, unproved],
    ['replica', SYNCING, SERVED, { kind: 'waiting' }],
    ['image', SYNCING, SERVED, proved],
    ['image', { kind: 'unread', detail: '' }, SERVED, proved],
    ['image', READY, { kind: 'incomplete', detail: '' }, { kind: 'waiting' }],
    ['image', READY, OTHER, { kind: 'waiting' }],
    ['all', READY, SERVED, proved],
    ['all', SYNCING, SERVED, { kind: 'waiting' }],
    ['all', READY, { kind: 'unread', detail: '' }, { kind: 'waiting' }],
    ['auto', READY, SERVED, proved],
    ['auto', { kind: 'home' }, SERVED, proved],
    ['auto', READY, UNPROVABLE, unproved],
    ['auto', SYNCING, UNPROVABLE, { kind: 'waiting' }],
    ['auto', SYNCING, SERVED, { kind: 'waiting' }],
    ['auto', READY, { kind: 'unread', detail: '' }, { kind: 'waiting' }],
    ['auto', READY, { kind: 'unknown' }, { kind: 'waiting' }],
    ['auto', READY, OTHER, { kind: 'waiting' }],
  ] as const)('%s, %j, %j', (waitFor, replica, image, verdict) =>
    expect(decide(waitFor, look(replica, image), true)).toEqual(verdict),
  )

  test.each(['image', 'all'] as const)('%s fails where nothing can prove the image, and says how it could', waitFor =>
    expect(decide(waitFor, look(READY, UNPROVABLE), true)).toEqual({
      kind: 'failed',
      detail: 'nothing proves that it serves the image: no way',
      remedy: expect.stringContaining("'wait-for: replica'"),
    }),
  )

  test.each([
    [FAILED, /state Failed \(no address left\), which does not heal/],
    [{ kind: 'absent' } as const, /gone/],
  ])('a replica that looks bad three times in a row is lost, before the push too: %j', (replica, words) => {
    for (const waitFor of WAIT_FOR) {
      expect(decide(waitFor, look(replica, { kind: 'unknown' }, 2), false).kind).toBe('waiting')
      expect(decide(waitFor, look(replica, { kind: 'unknown' }, 3), false)).toMatchObject({
        kind: 'failed',
        detail: expect.stringMatching(words),
        remedy: expect.stringMatching(/\w/),
      })
    }
  })

  test('with image, a region that serves it is ready whatever ARM says of its replica', () => {
    expect(decide('image', look(FAILED, SERVED, 9), true)).toEqual(proved)
    expect(decide('all', look(FAILED, SERVED, 9), true).kind).toBe('failed')
  })

  const anyLook = fc.record({
    replica: fc.constantFrom(...REPLICAS),
    image: fc.constantFrom(...IMAGES),
    badLooks: fc.nat(5),
  })

  test('is never ready before the push', () => {
    fc.assert(
      fc.property(fc.constantFrom(...WAIT_FOR), anyLook, (waitFor, seen) => {
        expect(decide(waitFor, seen, false).kind).not.toBe('ready')
      }),
    )
  })

  test('is ready only when what is waited for was seen, and says truly what was proved', () => {
    fc.assert(
      fc.property(fc.constantFrom(...WAIT_FOR), anyLook, (waitFor, seen) => {
        const verdict = decide(waitFor, seen, true)
        if (verdict.kind !== 'ready') return
        const serves = seen.image.kind === 'served'
        if (waitFor !== 'image') expect(['ready', 'home']).toContain(seen.replica.kind)
        if (waitFor === 'image' || waitFor === 'all') expect(serves).toBe(true)
        if (waitFor === 'auto') expect(serves || seen.image.kind === 'unprovable').toBe(true)
        if (verdict.proof !== 'none') expect(seen.image).toEqual({ kind: 'served', proof: verdict.proof })
      }),
      { numRuns: 500 },
    )
  })
})

test.each(REPLICAS)('isBad %j', replica => expect(isBad(replica)).toBe(['failed', 'absent'].includes(replica.kind)))

describe('remedyForPending', () => {
  const unread: ReplicaView = { kind: 'unread', detail: 'HTTP 503' }
  test.each<[(typeof WAIT_FOR)[number], ReplicaView, ImageState, RegExp]>([
    ['all', unread, SERVED, /could not be read/],
    ['image', unread, { kind: 'incomplete', detail: '' }, /is not pushed again/],
    ['auto', SYNCING, SERVED, /a new replica copies/],
    ['image', SYNCING, { kind: 'incomplete', detail: '' }, /is not pushed again/],
    ['all', READY, OTHER, /who else pushes this tag/],
    ['all', { kind: 'home' }, { ...OTHER, conflict: false }, /is not pushed again/],
    ['all', READY, { kind: 'unread', detail: '' }, /can reach the regional endpoint/],
    ['all', READY, { kind: 'incomplete', detail: '' }, /is not pushed again/],
  ])('%s, %j, %j', (waitFor, replica, image, words) =>
    expect(remedyForPending(look(replica, image), waitFor)).toMatch(words),
  )
})
