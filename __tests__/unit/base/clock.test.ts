import { describe, expect, test } from '@jest/globals'
import { systemClock } from '../../../src/base/clock.ts'
import { StepError } from '../../../src/base/errors.ts'
import { createFakeClock } from '../../support/fake-clock.ts'
import { rejection } from '../fixtures.ts'

const reason = new StepError('cancelled', 'stop')

describe.each([
  ['systemClock', () => systemClock],
  ['the fake clock', createFakeClock],
])('%s', (_, make) => {
  test('does not begin to sleep once aborted', async () => {
    expect(await rejection(make().sleep(3_600_000, AbortSignal.abort(reason)))).toBe(reason)
  })

  test('an abort ends a sleep with its reason', async () => {
    const controller = new AbortController()
    const sleeping = make().sleep(3_600_000, controller.signal)
    controller.abort(reason)
    expect(await rejection(sleeping)).toBe(reason)
  })

  test('a sleep of less than nothing ends', async () => {
    await expect(make().sleep(-5, new AbortController().signal)).resolves.toBeUndefined()
  })
})

test('systemClock sleeps for as long as it is told, also when a service asks for months', async () => {
  const controller = new AbortController()
  const sleeping = systemClock.sleep(60 * 24 * 3_600_000, controller.signal).then(() => 'woke')
  const turns = (async () => {
    for (let turn = 0; turn < 50; turn += 1) await systemClock.sleep(1, controller.signal)
    return 'still asleep'
  })()
  expect(await Promise.race([sleeping, turns])).toBe('still asleep')
  controller.abort(reason)
  await rejection(sleeping)
})

test('the fake clock wakes sleepers in the order of their time, each at its own', async () => {
  const clock = createFakeClock(0)
  const { signal } = new AbortController()
  const woke: [string, number][] = []
  const sleeper = async (name: string, ...naps: number[]) => {
    for (const ms of naps) {
      await clock.sleep(ms, signal)
      woke.push([name, clock.now()])
    }
  }
  await Promise.all([sleeper('a', 30, 30), sleeper('b', 10, 50), sleeper('c', 20)])
  expect(woke).toEqual([
    ['b', 10],
    ['c', 20],
    ['a', 30],
    ['b', 60],
    ['a', 60],
  ])
})
