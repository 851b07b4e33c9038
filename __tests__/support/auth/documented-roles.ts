import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A custom role as `az role definition create` takes it. */
export interface RoleDefinition {
  readonly Name: string
  readonly IsCustom: boolean
  readonly Description: string
  readonly Actions: readonly string[]
  readonly NotActions: readonly string[]
  readonly DataActions: readonly string[]
  readonly NotDataActions: readonly string[]
  readonly AssignableScopes: readonly string[]
}

const PAGE = join(import.meta.dirname, '../../../docs/azure-setup.md')

/** The roles users copy from docs/azure-setup.md, in its order. */
export function documentedRoles(): RoleDefinition[] {
  const blocks = readFileSync(PAGE, 'utf8').matchAll(/^```json\n(.*?)^```$/gms)
  return [...blocks].map(([, json = '']) => JSON.parse(json) as RoleDefinition)
}

/** The roles its commands assign, by name, each once. */
export function assignedRoles(): string[] {
  const names = readFileSync(PAGE, 'utf8').matchAll(/--role (?:"([^"]+)"|(\w+))/g)
  return [...new Set([...names].map(([, quoted, word]) => quoted ?? word ?? ''))]
}
