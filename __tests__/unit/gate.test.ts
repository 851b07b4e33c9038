import { describe, expect, test } from '@jest/globals'
import { StepError } from '../../src/base/errors.ts'
import { gate } from '../../src/gate.ts'
import { createJournal } from '../../src/journal.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { READY } from './fixtures.ts'
import { CREATING, FAILED, HOUR, MISSING, SERVED, play } from './gate-scene.ts'

const after =
  <T>(at: number, before: T, then: T) =>
  (now: number) =>
    now >= at ? then : before

describe('gate', () => {
  test('is ready at once where all is there, after a second look at everything', async () => {
    const { result, looks, events } = await play({})
    expect(result).toMatchObject({ outcome: 'ready', proof: 'regional-endpoint', readyAfterMs: 0, remedy: '' })
    expect(looks).toEqual([
      [0, 'eastus', false],
      [0, 'eastus', true],
    ])
    expect(events).toContain('region-ready')
  })

  test('waits for replica and image, and sees a change within a tenth of the time it took', async () => {
    const { result } = await play({ replica: after(600_000, CREATING, READY), image: after(700_000, MISSING, SERVED) })
    expect(result.outcome).toBe('ready')
    expect(result.readyAfterMs).toBeGreaterThanOrEqual(700_000)
    expect(result.readyAfterMs).toBeLessThanOrEqual(710_001)
  })

  test('looks often at first, and never less than every ten seconds', async () => {
    const { clock, looks } = await play({ image: after(600_000, MISSING, SERVED) })
    const times = looks.map(([at]) => at)
    expect(times[1]).toBe(250)
    const pauses = times.map((at, index) => at - (times[index - 1] ?? 0))
    expect(Math.max(...pauses)).toBeCloseTo(10_000)
    expect(clock.sleeps.length).toBeLessThan(200)
  })

  test('does not ask for the image before the push, nor where only replicas count', async () => {
    expect((await play({ pushedAt: 60_000 })).looks[0]?.[0]).toBeGreaterThanOrEqual(60_000)
    expect((await play({ waitFor: 'replica' })).looks).toEqual([])
  })

  test('is never ready before the push, whatever is there', async () => {
    const { result } = await play({ pushedAt: HOUR, endsAt: 60_000 })
    expect(result).toMatchObject({ outcome: 'pending', readyAfterMs: undefined })
  })

  test('regions are watched side by side, and reported in the order asked', async () => {
    const readyAt: Record<string, number> = { a: 300_000, b: 1_000, c: 60_000 }
    const { results, endedAt } = await play({
      regions: ['a', 'b', 'c'],
      image: (now, region) => (now >= (readyAt[region] ?? 0) ? SERVED : MISSING),
    })
    expect(results.map(({ region, outcome }) => `${region} ${outcome}`)).toEqual(['a ready', 'b ready', 'c ready'])
    for (const { region, readyAfterMs = 0 } of results)
      expect(Math.abs(readyAfterMs - (readyAt[region] ?? 0))).toBeLessThanOrEqual(10_000)
    expect(endedAt).toBeLessThan(311_000)
  })

  test('a look that fails says nothing of the region, and is repeated', async () => {
    const { result, journal } = await play({
      replica: now => {
        if (now < 5_000) throw new Error('HTTP 503')
        return READY
      },
      image: now => {
        if (now < 9_000) throw new StepError('transient', 'reset')
        return SERVED
      },
    })
    expect(result.outcome).toBe('ready')
    expect(JSON.stringify(journal.entries)).toContain('could not be checked: reset')
  })

  test('leaves a service alone for as long as it asks', async () => {
    const { looks } = await play({
      image: now => {
        if (now === 0) throw new StepError('throttled', 'slow down', { retryAfterMs: 42_000 })
        return SERVED
      },
    })
    expect(looks.slice(0, 2).map(([at]) => at)).toEqual([0, 42_000])
  })

  test('but not beyond the deadline', async () => {
    const throttled = () => {
      throw new StepError('throttled', 'slow down', { retryAfterMs: 10 * HOUR })
    }
    expect((await play({ image: throttled })).endedAt).toBe(HOUR)
  })
})

describe('the last look', () => {
  test('takes a region back that is no longer ready, and waits for it again', async () => {
    let gone = 1
    const { result, events } = await play({
      image: (_, __, final) => (final && gone-- > 0 ? MISSING : SERVED),
    })
    expect(events.filter(type => type === 'region-regressed')).toHaveLength(1)
    expect(events.filter(type => type === 'region-ready')).toHaveLength(2)
    expect(result.outcome).toBe('ready')
  })

  test('that never shows anything takes the region back', async () => {
    let asked = 0
    const { result } = await play({
      replica: () => {
        asked += 1
        if (asked > 1) throw new StepError('transient', 'HTTP 503')
        return READY
      },
      endsAt: 60_000,
    })
    expect(result.outcome).toBe('pending')
  })

  test('one region taken back is waited for, while the other stays ready', async () => {
    let gone = 1
    const { results, looks } = await play({
      regions: ['a', 'b'],
      image: (_, region, final) => (final && region === 'b' && gone-- > 0 ? MISSING : SERVED),
    })
    expect(results.map(({ outcome }) => outcome)).toEqual(['ready', 'ready'])
    expect(looks.filter(([, region, final]) => region === 'a' && final)).toHaveLength(2)
  })

  test('at a deadline, what was ready and is no more is not called ready', async () => {
    const { results, events } = await play({
      regions: ['gone', 'slow', 'fine'],
      image: (now, region) => (region === 'slow' || (region === 'gone' && now >= 60_000) ? MISSING : SERVED),
      endsAt: 120_000,
    })
    expect(results.map(({ region, outcome }) => `${region} ${outcome}`)).toEqual([
      'gone pending',
      'slow pending',
      'fine ready',
    ])
    expect(events).toContain('region-regressed')
  })

  test('looks at what is ready far less often than at what is waited for', async () => {
    const { looks } = await play({
      regions: ['fast', 'slow'],
      image: (now, region) => (region === 'fast' || now >= 600_000 ? SERVED : MISSING),
    })
    const count = (name: string) => looks.filter(([, region]) => region === name).length
    expect(count('fast')).toBeLessThan(count('slow') / 2)
  })

  test('is made at all regions after the slowest was ready', async () => {
    const { looks } = await play({
      regions: ['fast', 'slow'],
      image: (now, region) => (region === 'fast' || now >= 60_000 ? SERVED : MISSING),
    })
    const last = looks.filter(([, , final]) => final)
    const late = last.filter(([at]) => at >= 60_000)
    expect(late.map(([, region]) => region).sort()).toEqual(['fast', 'slow'])
  })

  test('that never finds what was there before is no green', async () => {
    const { result } = await play({ image: (_, __, final) => (final ? MISSING : SERVED), endsAt: 60_000 })
    expect(result.outcome).toBe('pending')
  })

  test('leaves a service alone for as long as it asks', async () => {
    let refusals = 3
    const { looks } = await play({
      image(_, __, final) {
        if (final && refusals-- > 0) throw new StepError('throttled', 'slow down', { retryAfterMs: 30_000 })
        return SERVED
      },
    })
    const times = looks.filter(([, , final]) => final).map(([at]) => at)
    expect(times).toHaveLength(4)
    times.slice(1).forEach((at, index) => expect(at - (times[index] ?? 0)).toBeGreaterThanOrEqual(30_000))
  })

  test('cut short by the end of the run is no green', async () => {
    const end = new AbortController()
    const clock = createFakeClock(0)
    const results = await gate({
      regions: ['eastus', 'westus'],
      waitFor: 'all',
      observers: {
        replica: async () => READY,
        async image(region, final) {
          if (final && region === 'westus') end.abort(new StepError('cancelled', 'stop', { code: 'SIGTERM' }))
          return SERVED
        },
        whyFailed: () => Promise.resolve(undefined),
      },
      pushed: () => true,
      clock,
      deadline: { startedAt: 0, endsAt: HOUR },
      signal: end.signal,
      journal: createJournal(clock),
    })
    expect(results.every(({ outcome }) => outcome === 'ready')).toBe(false)
  })
})

describe('regions that do not come', () => {
  test('at the deadline each tells its last known state and for how long, and what to do', async () => {
    const { result, endedAt } = await play({ image: () => MISSING, endsAt: 100_000 })
    expect(result).toMatchObject({
      outcome: 'pending',
      proof: 'none',
      readyAfterMs: undefined,
      detail: 'replica Succeeded, Ready for 100s; the image is not there yet for 100s',
      remedy: expect.stringMatching(/\w/),
    })
    expect(endedAt).toBe(100_000)
  })

  test('one bad look at a replica is not the end', async () => {
    const { result } = await play({ replica: now => (now === 250 ? FAILED : now < 1000 ? CREATING : READY) })
    expect(result.outcome).toBe('ready')
  })

  test('a replica that stays failed ends its region with the reason of its creation, the others go on', async () => {
    const { results, journal } = await play({
      regions: ['bad', 'good'],
      replica: (_, region) => (region === 'bad' ? FAILED : READY),
      image: after(60_000, MISSING, SERVED),
      whyFailed: async region => `no address left in ${region}`,
    })
    expect(results.map(({ outcome }) => outcome)).toEqual(['failed', 'ready'])
    expect(results[0]?.detail).toMatch(/^the replica is in state Failed, which does not heal: no address left in bad$/)
    expect(journal.entries).toContainEqual(expect.objectContaining({ type: 'region-failed', region: 'bad' }))
  })

  test('the reason may fail to be read', async () => {
    const { result } = await play({
      replica: () => ({ kind: 'absent' }),
      whyFailed: () => Promise.reject(new Error('x')),
    })
    expect(result).toMatchObject({ outcome: 'failed', detail: expect.stringMatching(/gone/) })
  })

  test('what was ready by then stays ready', async () => {
    const { results } = await play({
      regions: ['a', 'b'],
      image: (_, region) => (region === 'a' ? SERVED : MISSING),
      endsAt: 60_000,
    })
    expect(results.map(({ outcome }) => outcome)).toEqual(['ready', 'pending'])
  })

  test('an aborted run gives every region its state at once', async () => {
    const { results, endedAt } = await play({ regions: ['a', 'b'], image: () => MISSING, endsAt: 0 })
    expect([results.map(({ outcome }) => outcome), endedAt]).toEqual([['pending', 'pending'], 0])
  })
})

describe('signs of life', () => {
  test('every minute without any change, with the regions that are missing and the time left', async () => {
    const { journal } = await play({
      regions: ['done', 'late'],
      image: (_, region) => (region === 'done' ? SERVED : MISSING),
      endsAt: 200_000,
    })
    const waiting = journal.entries.filter(entry => entry.type === 'waiting')
    expect(waiting.length).toBeGreaterThanOrEqual(2)
    expect(waiting[0]).toMatchObject({ regions: ['late'] })
    expect(waiting.map(({ at, leftMs }) => at + leftMs)).toEqual(waiting.map(() => 200_000))
  })

  test('a change is said once, with how long the state before lasted', async () => {
    const { journal } = await play({ replica: after(60_000, CREATING, READY) })
    const changes = journal.entries.flatMap(entry => (entry.type === 'replica-changed' ? [entry] : []))
    expect(changes.map(({ state }) => state)).toEqual(['Creating', 'Succeeded, Ready'])
    expect([changes[0]?.stayedMs, changes[1]?.stayedMs]).toEqual([undefined, changes[1]?.at])
  })
})
