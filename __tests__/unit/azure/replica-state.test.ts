import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type ReplicaState, describeReplica, replicaState } from '../../../src/azure/replications.ts'

type Given = Parameters<typeof replicaState>[0]

/** Words of Azure that this release may not know. */
const given = (provisioningState: string | undefined, displayStatus?: string, message?: string) =>
  ({
    ...(provisioningState === undefined ? {} : { provisioningState }),
    status: {
      ...(displayStatus === undefined ? {} : { displayStatus }),
      ...(message === undefined ? {} : { message }),
    },
  }) as Given

describe('replicaState', () => {
  test.each<[Given, ReplicaState['kind'], string]>([
    [given('Succeeded', 'Ready'), 'ready', 'Succeeded, Ready'],
    [given('succeeded', 'READY'), 'ready', 'succeeded, READY'],
    [given('Succeeded', 'Syncing'), 'pending', 'Succeeded, Syncing'],
    [given('Succeeded', 'online'), 'pending', 'Succeeded, online'],
    [given('Succeeded'), 'pending', 'Succeeded'],
    [given('Creating'), 'pending', 'Creating'],
    [given('Creating', 'Ready'), 'pending', 'Creating, Ready'],
    [given('Updating', 'Ready'), 'pending', 'Updating, Ready'],
    [given('Failed'), 'failed', 'Failed'],
    [given('Failed', 'Ready'), 'failed', 'Failed, Ready'],
    [given('Canceled', 'Provisioning'), 'failed', 'Canceled, Provisioning'],
    [given('Deleting', 'Ready'), 'deleting', 'Deleting, Ready'],
    [given('Migrating', 'Ready'), 'pending', 'Migrating, Ready'],
    [given(undefined, 'Ready'), 'pending', 'Ready'],
    [given(undefined), 'pending', 'no state'],
    [{}, 'pending', 'no state'],
  ])('%j is %s: %s', (found, kind, words) => {
    expect(replicaState(found).kind).toBe(kind)
    expect(describeReplica(replicaState(found))).toBe(words)
  })

  test('keeps the message where there is one', () => {
    expect(replicaState(given('Failed', '', 'no address left'))).toMatchObject({ message: 'no address left' })
    expect(replicaState(given('Creating'))).toMatchObject({ message: '' })
  })

  test('is ready only for Succeeded and Ready together', () => {
    const word = fc.oneof(fc.constantFrom('Succeeded', 'Ready', 'Creating', 'Failed', 'Syncing', ''), fc.string())
    fc.assert(
      fc.property(word, word, (provisioningState, displayStatus) => {
        const ready = provisioningState.toLowerCase() === 'succeeded' && displayStatus.toLowerCase() === 'ready'
        expect(replicaState(given(provisioningState, displayStatus)).kind === 'ready').toBe(ready)
      }),
    )
  })
})

test.each<[ReplicaState, string]>([
  [{ kind: 'absent' }, 'missing'],
  [{ kind: 'home' }, 'home region'],
])('describeReplica %j', (state, words) => expect(describeReplica(state)).toBe(words))
