import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Emulator } from '../../emulator/index.ts'
import { type RoleAssignment, type ScenarioInput } from '../../emulator/scenario.ts'
import { gateRun, refusalOf, storeGated } from '../support/auth/gate-run.ts'
import { type RunOptions } from '../support/runner.ts'
import { azurePerTest } from '../support/step/azure.ts'
import { dockerUser } from '../support/step/docker-user.ts'
import { expectGreen } from '../support/step/expect-green.ts'
import { pushImage, REFERENCE, REPOSITORY } from '../support/step/push-image.ts'
import { manifestsPut, writesIn } from '../support/step/requests.ts'
import { type StepRun } from '../support/step/run-step.ts'

const LOCAL = 'registry-roles/web:1.2'
const start = azurePerTest()
const user = dockerUser()
beforeAll(() => user.build(LOCAL))
afterAll(() => user.forget(LOCAL))

type Mode = NonNullable<ScenarioInput['registry']>
const ABAC: Mode = { roleAssignmentMode: 'AbacRepositoryPermissions' }
const RBAC: Mode = {}
const MANAGES: RoleAssignment = { role: 'Container Registry Contributor and Data Access Configuration Administrator' }
const PULL: RoleAssignment = { role: 'AcrPull' }
const PUSH: RoleAssignment = { role: 'AcrPush' }
const READER: RoleAssignment = { role: 'Container Registry Repository Reader' }
const WRITER: RoleAssignment = { role: 'Container Registry Repository Writer' }
const only = (role: RoleAssignment, ...repositories: string[]): RoleAssignment => ({ ...role, repositories })

/** What helps, in each mode. The roles of the other one are ignored there, so they are no help. */
const GIVE = (role: string) =>
  `Give the identity of this job the role ${role} on the registry. ACR answers 401 where a role is missing; a role assigned just now can take ten minutes.`
const GIVE_ABAC = (role: string, instead: string) =>
  `This registry uses ABAC repository permissions, where ${instead} counts for nothing: give the identity of this job the role ${role}, with no condition or one that this repository meets. ACR answers 401 where a role is missing; a role assigned just now can take ten minutes.`
const TO_PUSH = GIVE('AcrPush')
const TO_PULL = GIVE('AcrPull')
const TO_WRITE = GIVE_ABAC('Container Registry Repository Writer', 'AcrPush')
const TO_READ = GIVE_ABAC('Container Registry Repository Reader', 'AcrPull')

type Row = readonly [name: string, mode: Mode, roles: RoleAssignment[], remedy: string]

/** A registry with one replica, and one region more that a push is asked to serve. */
const startWith = (registry: Mode, roles: RoleAssignment[]) =>
  start({ registry, replicas: [{ location: 'eastus' }], identity: { roles: [MANAGES, ...roles] } })
/** The time for it leaves little patience for roles that are none. */
const SHORT = { timeout: '10s' }
const push = (azure: Emulator, inputs: Record<string, string> = SHORT, more: Omit<RunOptions, 'inputs'> = {}) =>
  pushImage(azure, LOCAL, ['eastus', 'japaneast'], inputs, more)
const attempts = ({ log }: StepRun) => log.match(/attempt \d+ of \d+ failed.*/g) ?? []

describe('a push is refused before anything is created', () => {
  const ROWS: readonly Row[] = [
    ['AcrPush alone', ABAC, [PUSH], TO_WRITE],
    ['a Writer of other repositories', ABAC, [only(WRITER, 'team/*', 'public/products/webshop')], TO_WRITE],
    ['a Repository Reader', ABAC, [READER], TO_WRITE],
    ['AcrPull', RBAC, [PULL], TO_PUSH],
    ['a Repository Writer, where that counts for nothing', RBAC, [WRITER], TO_PUSH],
  ]
  test.each(ROWS)('%s', async (_name, mode, roles, remedy) => {
    const azure = await startWith(mode, roles)
    const run = await push(azure)
    expect(refusalOf(run)).toMatch(
      /^Look-up of public\/products\/web:1\.2 at contoso\.localhost:PORT failed: HTTP 401|^Sign-in to contoso\.localhost:PORT for repository:public\/products\/web:pull,push was granted pull alone\./,
    )
    expect(refusalOf(run)).toContain(` ${remedy}`)
    expect(refusalOf(run).endsWith(remedy)).toBe(true)
    // Neither a replica to pay for nor a byte of the image.
    expect(writesIn(run.requests)).toEqual([])
    expect(manifestsPut(run.requests)).toEqual([])
    expect(attempts(run)[0]).toMatch(/^attempt 1 of \d+ failed: .* Next try in/)
  })
})

describe('a push that docker itself is refused', () => {
  const ROWS: readonly Row[] = [
    ['AcrPush alone', ABAC, [PUSH], TO_WRITE],
    ['AcrPull', RBAC, [PULL], TO_PUSH],
  ]
  test.each(ROWS)('%s', async (_name, mode, roles, remedy) => {
    const azure = await startWith(mode, roles)
    // The check before it proves nothing: a fault that passes.
    azure.addFault({
      match: { service: 'registry', method: 'HEAD', path: '/manifests/' },
      count: 1,
      action: { status: 503 },
    })
    const run = await pushImage(azure, LOCAL, ['eastus'], SHORT)
    expect(refusalOf(run)).toMatch(
      /^docker push contoso\.localhost:PORT\/public\/products\/web:1\.2 failed: unauthorized: authentication required/,
    )
    expect(refusalOf(run).endsWith(remedy)).toBe(true)
    expect(manifestsPut(run.requests)).toEqual([])
  })
})

describe('an image that is waited for is refused', () => {
  const ROWS: readonly Row[] = [
    ['AcrPull alone', ABAC, [PULL], TO_READ],
    ['a Reader of other repositories', ABAC, [only(READER, 'public/*')], TO_READ],
    ['a Repository Reader, where that counts for nothing', RBAC, [READER], TO_PULL],
  ]
  test.each(ROWS)('%s', async (_name, mode, roles, remedy) => {
    const azure = await start({ replicas: [{ location: 'eastus' }] })
    await storeGated(azure)
    azure.update(({ registry, identity }) => {
      Object.assign(registry, mode)
      identity.roles = [MANAGES, ...roles]
    })
    const run = await gateRun(azure, {}, { 'wait-for': 'image', ...SHORT })
    expect(refusalOf(run)).toMatch(/^Look-up of team\/web:1\.2 at contoso\.localhost:PORT failed: HTTP 401/)
    expect(refusalOf(run).endsWith(remedy)).toBe(true)
  })
})

/** Assigns the roles when the step begins, each to take effect so many seconds later. */
const assigned = (azure: Emulator, before: number, roles: RoleAssignment[]) => (line: string) => {
  if (!/Sign in to Azure/.test(line)) return
  const now = (Date.now() - before) / 1000
  azure.update(({ identity }) => (identity.roles = roles.map(role => ({ ...role, after: now + (role.after ?? 0) }))))
}

test('a role that takes effect five seconds late is waited for: the one to manage, the one to push, the one to pull', async () => {
  const before = Date.now()
  const pushes = async () => {
    const azure = await startWith(ABAC, [])
    azure.update(({ identity }) => (identity.roles = []))
    const roles = [
      { ...MANAGES, after: 1 },
      { ...only(WRITER, `${REPOSITORY}*`), after: 5 },
    ]
    const inputs = { timeout: '5m', 'resource-group': azure.ready.resourceGroup }
    const run = await push(azure, inputs, { onLine: assigned(azure, before, roles) })
    expectGreen(azure, run, ['eastus', 'japaneast'], [REFERENCE])
    expect(manifestsPut(run.requests)).toHaveLength(1)
    return run
  }
  const waits = async () => {
    const azure = await start({ replicas: [{ location: 'eastus' }] })
    const digest = await storeGated(azure)
    azure.update(({ identity }) => (identity.roles = []))
    const onLine = assigned(azure, before, [MANAGES, { ...PULL, after: 5 }])
    const run = await gateRun(azure, {}, { 'wait-for': 'image', timeout: '5m' }, { onLine })
    expectGreen(azure, run, ['eastus'], ['team/web:1.2'])
    expect(run.outputs['digest']).toBe(digest)
    return run
  }
  const [pushed, waited] = await Promise.all([pushes(), waits()])
  expect(pushed.log).toMatch(/Look at the registry: attempt 1 of \d+ failed: .*AuthorizationFailed/)
  expect(pushed.log).toMatch(/Sign-in to contoso\.localhost:\d+: attempt \d+ of \d+ failed: .*HTTP 401/)
  for (const run of [pushed, waited]) {
    // One patience for the whole run, counted through.
    expect(attempts(run).length).toBeGreaterThan(1)
    attempts(run).forEach((line, index) => expect(line).toMatch(new RegExp(`^attempt ${index + 1} of \\d+ failed: `)))
  }
})
