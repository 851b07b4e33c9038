import { describe, expect, test } from '@jest/globals'
import { type Webhook, covers, coversAllTags, repositoryScope } from '../../../src/azure/webhooks.ts'

const hook = (more: Partial<Webhook> = {}): Webhook => ({
  name: 'hook',
  region: 'eastus',
  enabled: true,
  onPush: true,
  scope: '',
  ...more,
})

describe('covers', () => {
  test.each([
    ['', 'team/web', '1.2', true],
    ['team/web:*', 'team/web', '1.2', true],
    ['team/web:1.2', 'team/web', '1.2', true],
    ['team/web:1.2', 'team/web', '1.3', false],
    ['team/web', 'team/web', 'latest', true],
    ['team/web', 'team/web', '1.2', false],
    ['team/web:latest', 'team/web', 'latest', true],
    ['team:*', 'team/web', '1.2', false],
    ['team/web2:*', 'team/web', '1.2', false],
    ['web:*', 'team/web', '1.2', false],
    ['team/web:1*', 'team/web', '1.2', false],
    ['*', 'team/web', 'latest', false],
  ])('scope %j hears of %s:%s: %s', (scope, repository, tag, does) =>
    expect(covers(hook({ scope }), { repository, tag })).toBe(does),
  )

  test.each([
    ['a disabled one', { enabled: false }],
    ['one for other actions', { onPush: false }],
  ])('%s hears of nothing', (_, more) => expect(covers(hook(more), { repository: 'team/web', tag: '1.2' })).toBe(false))
})

test.each([
  ['', true],
  ['team/web:*', true],
  ['team/web:1.2', false],
  ['team/web', false],
])('coversAllTags %j is %s', (scope, all) => expect(coversAllTags(hook({ scope }))).toBe(all))

test('the webhooks the step makes hear of every tag of their repository', () => {
  const made = hook({ scope: repositoryScope('team/web') })
  expect(coversAllTags(made)).toBe(true)
  expect(covers(made, { repository: 'team/web', tag: 'any' })).toBe(true)
})
