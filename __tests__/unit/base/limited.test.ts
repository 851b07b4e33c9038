import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { mapLimited } from '../../../src/base/limited.ts'
import { createFakeClock } from '../../support/fake-clock.ts'

const { signal } = new AbortController()

describe('mapLimited', () => {
  test('keeps the order of the items and the limit, however long each takes', async () => {
    const durations = fc.array(fc.nat(1000), { maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(durations, fc.integer({ min: 1, max: 6 }), async (items, limit) => {
        const clock = createFakeClock()
        let running = 0
        let most = 0
        const results = await mapLimited(items, limit, async item => {
          running += 1
          most = Math.max(most, running)
          await clock.sleep(item, signal)
          running -= 1
          return item * 2
        })
        expect(results).toEqual(items.map(item => item * 2))
        expect(most).toBe(Math.min(limit, items.length))
      }),
    )
  })

  test('rejects with the first failure, in time', async () => {
    const clock = createFakeClock()
    const work = mapLimited([30, 10, 20], 3, async ms => {
      await clock.sleep(ms, signal)
      throw new Error(`after ${ms}`)
    })
    await expect(work).rejects.toThrow('after 10')
  })

  test('does nothing for no items', async () => {
    expect(await mapLimited([], 8, () => Promise.reject(new Error('called')))).toEqual([])
  })
})
