import { describe, expect, test } from '@jest/globals'
import { explainMissing } from '../../../scripts/engine/requirements.ts'

describe('explainMissing', () => {
  test('has nothing to say where an engine can be started', () => {
    expect(explainMissing({ debian: true, root: true })).toBeUndefined()
    expect(explainMissing({ debian: true, root: true, engine: 'containerd' })).toBeUndefined()
  })

  test.each([
    [
      { debian: true, root: false },
      /^No Docker engine answers, .* needs root \(.*\)\. Start Docker, or run this as root/,
    ],
    [{ debian: false, root: true }, /needs Debian \(.*\)\. Start Docker/],
    [{ debian: false, root: false }, /needs Debian \(.*\) and root \(.*\)\./],
    [
      { debian: true, root: false, engine: 'containerd' as const },
      /^The Docker engine here has the containerd image store/,
    ],
  ])('%j', (machine, message) => expect(explainMissing(machine)).toMatch(message))
})
