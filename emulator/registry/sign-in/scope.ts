import { type Access } from '../../entra/permissions.ts'
import { type RegistrySettings } from '../../scenario.ts'

/** What a token lets its bearer do, as ACR's tokens say it. */
export interface Grant {
  Type: string
  Name: string
  Actions: string[]
}

const base = 'Microsoft.ContainerRegistry/registries'

/** The permission behind each action of a scope: in legacy mode a control-plane action, in ABAC mode a data action on the repository. */
const permissions: Record<string, { legacy: string; abac: string }> = {
  pull: { legacy: `${base}/pull/read`, abac: `${base}/repositories/content/read` },
  push: { legacy: `${base}/push/write`, abac: `${base}/repositories/content/write` },
  delete: { legacy: `${base}/artifacts/delete`, abac: `${base}/repositories/content/delete` },
  metadata_read: { legacy: `${base}/pull/read`, abac: `${base}/repositories/metadata/read` },
  metadata_write: { legacy: `${base}/push/write`, abac: `${base}/repositories/metadata/write` },
  catalog: { legacy: `${base}/pull/read`, abac: `${base}/catalog/read` },
}

/** Parses `repository:NAME:pull,push`; names may hold colons (`host:port/name`), actions may not. */
export function readScope(scope: string): Grant | undefined {
  const found = /^([a-z]+):(.+):([^:]+)$/.exec(scope)
  if (!found) return undefined
  return { Type: found[1] ?? '', Name: found[2] ?? '', Actions: (found[3] ?? '').split(',') }
}

/** What of a wish the identity may really do, as the registry's role mode has it. */
export function grantable(wish: Grant, access: Access, { roleAssignmentMode }: RegistrySettings): Grant {
  const may = (action: string) => {
    const permission = permissions[wish.Type === 'registry' ? 'catalog' : (aliases[action] ?? action)]
    if (!permission) return false
    return roleAssignmentMode === 'AbacRepositoryPermissions'
      ? access.mayTouch(permission.abac, wish.Name)
      : access.mayAct(permission.legacy, 'registry')
  }
  const everything = wish.Type === 'registry' ? ['*'] : ['pull', 'push', 'delete', 'metadata_read', 'metadata_write']
  const wanted = wish.Actions.includes('*') ? everything : wish.Actions
  return { ...wish, Actions: wanted.filter(may).map(action => aliases[action] ?? action) }
}

/** `az` asks for metadataRead. */
const aliases: Record<string, string> = {
  metadataRead: 'metadata_read',
  metadataWrite: 'metadata_write',
  metadata: 'metadata_read',
}
