import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { pushedDigest } from '../../../src/docker/push.ts'

const [A, B] = [`sha256:${'a'.repeat(64)}`, `sha256:${'b'.repeat(64)}`]

describe('pushedDigest', () => {
  test('reads what the engine prints at the end', () => {
    const output = [
      'The push refers to repository [contoso.azurecr.io/team/web]',
      '5f70bf18a086: Layer already exists',
      '8c0b5ee4d9b1: Pushed',
      `1.2: digest: ${A} size: 528`,
    ]
    expect(pushedDigest(output, '1.2')).toBe(A)
  })

  test.each([
    ['the last line of the tag', [`1.2: digest: ${A} size: 1`, `1.2: digest: ${B} size: 2`], B],
    ['not another tag', [`1.3: digest: ${B} size: 1`, `1.2: digest: ${A} size: 1`, `1.20: digest: ${B} size: 1`], A],
    ['with a carriage return', [`1.2: digest: ${A} size: 528\r`], A],
    ['nothing from podman', ['Writing manifest to image destination', 'Storing signatures'], undefined],
    ['nothing from no output', [], undefined],
    ['no short digest', ['1.2: digest: sha256:abc size: 528'], undefined],
    ['nothing from the middle of a line', [`note: 1.2: digest: ${A} size: 528`], undefined],
    ['nothing without a size', [`1.2: digest: ${A}`], undefined],
  ])('%s', (_, lines, digest) => expect(pushedDigest(lines, '1.2')).toBe(digest))

  test('tags are taken literally', () => expect(pushedDigest([`1x2: digest: ${A} size: 1`], '1.2')).toBeUndefined())

  test('any output gives a digest or none', () => {
    const line = fc.oneof(fc.string(), fc.constant(`1.2: digest: ${A} size: 528`))
    fc.assert(
      fc.property(fc.array(line), lines => {
        expect([A, undefined]).toContain(pushedDigest(lines, '1.2'))
      }),
    )
  })
})
