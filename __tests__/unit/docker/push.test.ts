import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pushedDigest, pushReference } from '../../../src/docker/push.ts'
import { rejection } from '../fixtures.ts'

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

const onPosix = process.platform === 'win32' ? describe.skip : describe

onPosix('pushReference', () => {
  /** Pushes with a docker command that prints this and ends so. */
  const push = async (prints: string, { exitCode = 0, writes = undefined as string | undefined } = {}) => {
    const folder = await mkdtemp(join(tmpdir(), 'push-test-'))
    try {
      await writeFile(
        join(folder, 'docker'),
        `#!/bin/sh\n[ "$2" = --digestfile ] && printf '${writes}' > "$3"\necho '${prints}'\nexit ${exitCode}\n`,
      )
      await chmod(join(folder, 'docker'), 0o755)
      const signal = new AbortController().signal
      return await pushReference('contoso.azurecr.io/web:1.2', {
        platform: undefined,
        digestFile: writes === undefined ? undefined : join(folder, 'digest'),
        context: { env: { PATH: folder }, signal },
        stall: { signal, heard: () => undefined, stop: () => undefined },
        missingRole: '',
        onLine: () => undefined,
      })
    } finally {
      await rm(folder, { recursive: true })
    }
  }

  test('gives the digest docker printed', async () => {
    expect(await push(`1.2: digest: ${A} size: 528`)).toBe(A)
  })

  test('a docker that ends well without a digest has not pushed: the tag may lead to an older image', async () => {
    const error = await rejection(push('5f70bf18a086: Pushed'))
    expect(error).toMatchObject({ kind: 'transient', message: expect.stringMatching(/ended without the digest/) })
  })

  test('a push of one platform where the image has more is none', async () => {
    const note =
      'Info → Not all multiplatform-content is present and only the available single-platform image was pushed'
    expect(await rejection(push(`${note}\n1.2: digest: ${A} size: 528`))).toMatchObject({ kind: 'conflict' })
  })

  test('podman prints none, but writes it', async () => {
    expect(await push('Storing signatures', { writes: A })).toBe(A)
    expect(await rejection(push('Storing signatures', { writes: 'x' }))).toMatchObject({ kind: 'transient' })
  })

  test.each([
    ['Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?', 'transient', 'ENGINE_GONE'],
    ['unexpected EOF', 'transient', undefined],
    ['manifest blob unknown', 'transient', 'MANIFEST_BLOB_UNKNOWN'],
    ['denied', 'forbidden', expect.anything()],
  ])('fails by what it says: %s', async (line, kind, code) => {
    expect(await rejection(push(line, { exitCode: 1 }))).toMatchObject({ kind, code })
  })
})
