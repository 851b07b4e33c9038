import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { formatDuration, parseDuration } from '../../../src/base/duration.ts'
import { StepError } from '../../../src/base/errors.ts'
import { thrownBy } from '../fixtures.ts'

describe('parseDuration', () => {
  test.each([
    ['90s', 90_000],
    ['30m', 1_800_000],
    ['1h30m', 5_400_000],
    ['1h1m1s', 3_661_000],
    ['2h5s', 7_205_000],
    [' 45S ', 45_000],
    ['0h1s', 1000],
    ['120h', 432_000_000],
  ])('%s', (text, ms) => expect(parseDuration(text, 'timeout')).toBe(ms))

  test.each([
    ['', /not a duration/],
    ['   ', /not a duration/],
    ['30', /not a duration/],
    ['m', /not a duration/],
    ['-5m', /not a duration/],
    ['1.5h', /not a duration/],
    ['30m1h', /not a duration/],
    ['1m1m', /not a duration/],
    ['1h 30m', /not a duration/],
    ['30min', /not a duration/],
    ['PT30M', /not a duration/],
    ['9999999s', /not a duration/],
    ['0s', /zero/],
    ['0h0m0s', /zero/],
    ['121h', /longer than a job/],
    ['120h1s', /longer than a job/],
  ])('refuses %j and names the input', (text, message) => {
    const error = thrownBy(() => parseDuration(text, 'timeout'))
    expect(error).toMatchObject({ name: 'StepError', kind: 'invalid' })
    expect((error as StepError).message).toMatch(message)
    expect((error as StepError).message).toContain("Input 'timeout'")
    expect((error as StepError).remedy).toMatch(/\w/)
  })

  test('adds up whatever is written', () => {
    const part = fc.nat(119)
    fc.assert(
      fc.property(part, fc.nat(59), fc.nat(59), (hours, minutes, seconds) => {
        fc.pre(hours + minutes + seconds > 0)
        const ms = ((hours * 60 + minutes) * 60 + seconds) * 1000
        expect(parseDuration(`${hours}h${minutes}m${seconds}s`, 'x')).toBe(ms)
      }),
    )
  })

  test('any text is a duration within the limits or a StepError', () => {
    const text = fc.oneof(fc.string(), fc.stringMatching(/^\d{0,8}h?\d{0,8}m?\d{0,8}s?$/))
    fc.assert(
      fc.property(text, written => {
        const error = thrownBy(() => {
          const ms = parseDuration(written, 'x')
          expect(ms).toBeGreaterThan(0)
          expect(ms).toBeLessThanOrEqual(432_000_000)
        })
        if (error !== undefined) expect(error).toBeInstanceOf(StepError)
      }),
    )
  })
})

describe('formatDuration', () => {
  test.each([
    [-5, '0.0s'],
    [0, '0.0s'],
    [849, '0.8s'],
    [9_999, '9.9s'],
    [10_000, '10s'],
    [59_999, '59s'],
    [60_000, '1m 00s'],
    [185_000, '3m 05s'],
    [3_599_999, '59m 59s'],
    [3_600_000, '1h 00m'],
    [3_725_000, '1h 02m'],
    [432_000_000, '120h 00m'],
  ])('%d ms', (ms, text) => expect(formatDuration(ms)).toBe(text))
})
