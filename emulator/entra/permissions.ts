import { type RoleAssignment, type Scenario } from '../scenario.ts'
import { builtInRoles, type Permissions } from './roles.ts'

/** Where an action happens, from wide to narrow. */
export type Level = 'subscription' | 'resourceGroup' | 'registry'

const levels: Level[] = ['subscription', 'resourceGroup', 'registry']

/** Answers what the scenario's identity may do. `started` = when the emulator began, milliseconds since 1970. */
export class Access {
  readonly #scenario: Scenario
  readonly #started: number

  constructor(scenario: Scenario, started = Date.now()) {
    this.#scenario = scenario
    this.#started = started
  }

  /** May it do this control-plane action at this level? */
  mayAct(action: string, level: Level): boolean {
    return this.#assignments(level).some(
      ({ permissions }) => covers(permissions.actions, action) && !covers(permissions.notActions, action),
    )
  }

  /** May it do this on the data of a repository? */
  mayTouch(dataAction: string, repository: string): boolean {
    return this.#assignments('registry').some(
      ({ permissions, assignment }) =>
        covers(permissions.dataActions, dataAction) &&
        (assignment.repositories === undefined || covers(assignment.repositories, repository)),
    )
  }

  /** Does it have any role on the registry at all? */
  get known(): boolean {
    return this.#assignments('registry').length > 0
  }

  /** What is in effect at a level: assignments there and above. */
  #assignments(level: Level): { assignment: RoleAssignment; permissions: Permissions }[] {
    return this.#scenario.identity.roles
      .filter(assignment => levels.indexOf(assignment.scope ?? 'subscription') <= levels.indexOf(level))
      .filter(assignment => Date.now() >= this.#started + (assignment.after ?? 0) * 1000)
      .map(assignment => ({ assignment, permissions: permissionsOf(assignment) }))
  }
}

function permissionsOf({ role, actions = [], notActions = [], dataActions = [] }: RoleAssignment): Permissions {
  const builtIn = role === undefined ? undefined : builtInRoles[role]
  return {
    actions: [...actions, ...(builtIn?.actions ?? [])],
    notActions: [...notActions, ...(builtIn?.notActions ?? [])],
    dataActions: [...dataActions, ...(builtIn?.dataActions ?? [])],
  }
}

function covers(patterns: string[], name: string): boolean {
  return patterns.some(pattern => {
    const body = pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')
    return new RegExp(`^${body}$`, 'i').test(name)
  })
}
