import { describe, expect, test } from '@jest/globals'
import { storeOf } from '../../../src/docker/engine.ts'
import { thrownBy } from '../fixtures.ts'

const result = (exitCode: number, out: string, error = '') => ({ exitCode, stdout: [out], stderr: [error] })
const GONE = 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?'

describe('storeOf', () => {
  test.each([
    ['classic', 'store of 20.10.24 [["Backing Filesystem","extfs"]]', '20.10.24'],
    ['classic', 'store of 20.10.24 null', '20.10.24'],
    ['containerd', 'store of 28.2.2 [["driver-type","io.containerd.snapshotter.v1"]]', '28.2.2'],
  ])('%s: %s', (store, line, version) => expect(storeOf(result(0, line), version)).toBe(store))

  // What the docker command really says when the engine went away after it told its version.
  test.each([
    ['docker 28.2', result(1, 'store of  null', GONE), 'ENGINE_GONE'],
    ['docker 26.1, which ends with 0', result(0, 'store of  null', GONE), 'ENGINE_GONE'],
    [
      'docker 20.10',
      result(1, '', 'template: :1:7: executing "" at <.DriverStatus>: reflect: indirection through nil pointer'),
      undefined,
    ],
    ['another engine in its place', result(0, 'store of 29.0.0 null'), undefined],
  ])('an engine that is gone has none: %s', (_, said, code) => {
    expect(thrownBy(() => storeOf(said, '28.2.2'))).toMatchObject({ kind: 'transient', code })
  })
})
