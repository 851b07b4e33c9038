import { describe, expect, test } from '@jest/globals'
import { type RunFacts, runOrigin } from '../../../src/azure/run-origin.ts'

const BOT = 'dependabot[bot]'
const repo = (full_name: string, fork = false) => ({ full_name, fork })
const event = (head: unknown, base: unknown = { repo: repo('contoso/shop') }) => ({ pull_request: { head, base } })
const FOREIGN = event({ repo: repo('mallory/shop', true) })
const OWN = event({ repo: repo('contoso/shop') })

function origin(eventName: string | undefined, payload: unknown, more: Partial<RunFacts> = {}) {
  const readEvent = () => (typeof payload === 'string' ? payload : JSON.stringify(payload))
  return runOrigin({ eventName, actors: ['octocat', 'octocat'], repository: 'contoso/shop', readEvent, ...more })
}

describe('runOrigin', () => {
  test.each<[string, string, unknown, 'fork' | undefined]>([
    ['a pull request from a fork', 'pull_request', FOREIGN, 'fork'],
    ['a review of one', 'pull_request_review', FOREIGN, 'fork'],
    ['a comment in such a review', 'pull_request_review_comment', FOREIGN, 'fork'],
    ['a fork that was deleted since', 'pull_request', event({ repo: null }), 'fork'],
    ['a fork without a name', 'pull_request', event({ repo: { fork: true } }), 'fork'],
    ['the base is told by the variable alone', 'pull_request', event({ repo: repo('mallory/shop') }, null), 'fork'],
    ['a pull request within the repository', 'pull_request', OWN, undefined],
    [
      'one within a repository that is a fork itself',
      'pull_request',
      event({ repo: repo('mallory/shop', true) }, { repo: repo('mallory/shop', true) }),
      undefined,
    ],
    ['an event that comes with secrets from forks too', 'pull_request_target', FOREIGN, undefined],
    ['a push', 'push', {}, undefined],
  ])('%s', (_, eventName, payload, expected) => expect(origin(eventName, payload)).toBe(expected))

  test.each(['', 'no JSON', '{"pull_request":', '[]', 'null', '{"pull_request":7}', '{"pull_request":{"head":null}}'])(
    'an event file that says %j is no fork and no failure',
    payload => expect(origin('pull_request', payload)).toBeUndefined(),
  )

  test('nor is one that cannot be read', () => {
    const readEvent = () => {
      throw new Error('ENOENT')
    }
    expect(origin('pull_request', undefined, { readEvent })).toBeUndefined()
  })

  test('the file is read for pull requests alone', () => {
    const readEvent = () => {
      throw new Error('read')
    }
    expect(origin('push', undefined, { readEvent, actors: [BOT] })).toBe('dependabot')
  })

  test.each<[string | undefined, readonly (string | undefined)[], 'dependabot' | undefined]>([
    ['pull_request', [BOT, BOT], 'dependabot'],
    ['push', [BOT, 'octocat'], 'dependabot'],
    ['push', ['octocat', BOT], 'dependabot'],
    ['deployment', [BOT, undefined], 'dependabot'],
    ['push', ['dependabot', undefined], undefined],
    // These have the secrets of Actions, whoever set them off.
    ['workflow_run', [BOT, BOT], undefined],
    ['schedule', [BOT, BOT], undefined],
    [undefined, [BOT, BOT], undefined],
  ])('%s by %j: %s', (eventName, actors, expected) => expect(origin(eventName, OWN, { actors })).toBe(expected))

  test('a fork is told before Dependabot: it has even less', () =>
    expect(origin('pull_request', FOREIGN, { actors: [BOT] })).toBe('fork'))
})
