import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { builtInRoles } from '../../emulator/entra/roles.ts'
import { type RoleAssignment, type ScenarioInput } from '../../emulator/scenario.ts'
import { mapLimited } from '../../src/base/limited.ts'
import { assignedRoles, documentedRoles } from '../support/auth/documented-roles.ts'
import { FAILING, GATE, type Job, LOCAL, MANAGE, PRUNE, PUSH, runAs } from '../support/auth/role-jobs.ts'
import { dockerUser } from '../support/step/docker-user.ts'

/** Runs at a time: they wait more than they work. */
const AT_ONCE = 5
const ROLES = documentedRoles()
const role = (name: string) => ROLES.find(({ Name }) => Name === `ACR geo push: ${name}`)?.Actions ?? []
const onRegistry = (actions: readonly string[]): RoleAssignment[] => [{ actions: [...actions], scope: 'registry' }]

/** What a run says that lacks one action of its role, by job. An action that no row names is one the role does not need. */
const WITHOUT: readonly (readonly [job: string, role: string, Job, Readonly<Record<string, RegExp>>])[] = [
  [
    'an image that is there is waited for',
    'gate only',
    GATE,
    {
      'registries/read': /lacks \S+registries\/read\b/,
      'registries/replications/read': /lacks \S+replications\/read\b/,
      'registries/webhooks/read': /webhooks of the registry could not be read/,
      'registries/webhooks/listEvents/action': /eastus: its webhook proves nothing.*listEvents\/action/,
      'registries/pull/read': /AcrP/,
    },
  ],
  [
    'an image is pushed',
    'push',
    PUSH,
    {
      'registries/read': /lacks \S+registries\/read\b/,
      'registries/replications/read': /lacks \S+replications\/read\b/,
      'registries/webhooks/read': /webhooks of the registry could not be read/,
      'registries/webhooks/listEvents/action': /eastus: its webhook proves nothing.*listEvents\/action/,
      'registries/pull/read': /AcrPush/,
      'registries/push/write': /AcrPush/,
    },
  ],
  [
    'a Standard registry becomes a replicated one, with webhooks',
    'push and manage',
    MANAGE,
    {
      'registries/read': /lacks \S+registries\/read\b/,
      'registries/write': /lacks \S+registries\/write\b/,
      'registries/replications/read': /lacks \S+replications\/read\b/,
      'registries/replications/write': /lacks \S+replications\/write\b/,
      'registries/webhooks/read': /lacks \S+webhooks\/read\b/,
      'registries/webhooks/write': /lacks \S+webhooks\/write\b/,
      'registries/webhooks/operationStatuses/read': /lacks \S+webhooks\/operationStatuses\/read\b/,
      'registries/webhooks/listEvents/action': /japaneast: its webhook proves nothing.*listEvents\/action/,
      'registries/webhooks/getCallbackConfig/action': /lacks \S+getCallbackConfig\/action\b/,
      'registries/pull/read': /AcrPush/,
      'registries/push/write': /AcrPush/,
    },
  ],
  [
    'regional endpoints are turned on, and a replica too many is deleted',
    'push and manage',
    PRUNE,
    {
      'registries/write': /lacks \S+registries\/write\b/,
      'registries/replications/delete': /lacks \S+replications\/delete\b/,
    },
  ],
  [
    'a replica fails',
    'push and manage',
    FAILING,
    { 'registries/replications/operationStatuses/read': /japaneast.*Failed/ },
  ],
]

/** Other ways to give as much. */
const INSTEAD: readonly (readonly [what: string, RoleAssignment[], Job, ScenarioInput])[] = [
  [
    'the built-in ones do, for a push',
    [
      { role: 'Container Registry Configuration Reader and Data Access Configuration Reader', scope: 'registry' },
      { role: 'AcrPush', scope: 'registry' },
    ],
    PUSH,
    {},
  ],
  [
    'the built-in ones do, for all the rest',
    [
      { role: 'Container Registry Contributor and Data Access Configuration Administrator', scope: 'registry' },
      { role: 'AcrPush', scope: 'registry' },
    ],
    MANAGE,
    {},
  ],
  [
    'in ABAC mode, the management part of it and the Writer of these repositories do',
    [
      ...onRegistry(role('push').filter(action => !/\/(?:pull|push)\//.test(action))),
      { role: 'Container Registry Repository Writer', scope: 'registry', repositories: ['public/products/*'] },
    ],
    PUSH,
    { registry: { roleAssignmentMode: 'AbacRepositoryPermissions' } },
  ],
]

type Result = Awaited<ReturnType<typeof runAs>>
const results = new Map<string, Result>()
const user = dockerUser()

/** All jobs, each with its role and with its role less one action. */
beforeAll(async () => {
  await user.build(LOCAL)
  const runs = WITHOUT.flatMap(([what, name, job, rows]) =>
    ['', ...Object.keys(rows)].map(
      lacking => [`${what} ${lacking}`, onRegistry(without(name, lacking)), job, {}] as const,
    ),
  )
  await mapLimited([...runs, ...INSTEAD], AT_ONCE, async ([what, roles, job, scenario]) => {
    results.set(what, await runAs(roles, job, scenario))
  })
})
afterAll(() => user.forget(LOCAL))

function without(name: string, lacking: string): readonly string[] {
  return role(name).filter(action => action !== `Microsoft.ContainerRegistry/${lacking}`)
}

describe('the roles of docs/azure-setup.md', () => {
  test('are roles of Azure for registries, with every action that some job needs and none besides', () => {
    expect(ROLES.map(({ Name }) => Name)).toEqual([
      'ACR geo push: gate only',
      'ACR geo push: push',
      'ACR geo push: push and manage',
    ])
    for (const { Name, Actions, AssignableScopes, ...rest } of ROLES) {
      expect(rest).toEqual({
        IsCustom: true,
        Description: expect.stringMatching(/\w/),
        NotActions: [],
        DataActions: [],
        NotDataActions: [],
      })
      expect(AssignableScopes).toEqual([expect.stringMatching(/^\/subscriptions\/[0-9a-f-]{36}$/)])
      const needed = WITHOUT.filter(([, of]) => Name === `ACR geo push: ${of}`).flatMap(([, , , rows]) =>
        Object.keys(rows),
      )
      expect([...Actions].sort()).toEqual(
        [...new Set(needed)].map(action => `Microsoft.ContainerRegistry/${action}`).sort(),
      )
    }
  })

  test('are those its commands assign, with Azure’s own', () => {
    const own = ROLES.map(({ Name }) => Name)
    const assigned = assignedRoles()
    expect(assigned.filter(name => !own.includes(name) && !(name in builtInRoles))).toEqual([])
    expect(assigned).toEqual(expect.arrayContaining(['ACR geo push: push', 'AcrPush']))
  })

  describe.each(WITHOUT)('%s: “%s”', (what, _name, { achieves }, rows) => {
    const resultOf = (lacking: string): Partial<Result> => results.get(`${what} ${lacking}`) ?? {}

    test('is enough', () => {
      const result = resultOf('')
      expect(result).toEqual({ ...result, ...achieves })
    })

    test.each(Object.entries(rows))('is not without %s', (action, says) => {
      const result = resultOf(action)
      expect(result).toEqual({ ...result, log: expect.stringMatching(says) })
      expect(result).not.toEqual({ ...resultOf(''), log: result.log })
    })
  })
})

describe('instead of a role of one’s own', () => {
  test.each(INSTEAD)('%s', (what, _roles, { achieves }) => {
    const result = results.get(what)
    expect(result).toEqual({ ...result, ...achieves })
  })
})
