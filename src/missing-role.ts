import { type Registry } from './azure/registry.ts'

/**
 * What to do about a registry that refuses this identity. Each mode of a registry ignores the roles of the other (learn.microsoft.com,
 * "Azure Container Registry Entra permissions and roles overview").
 *
 * @param mode undefined where Azure Resource Manager could not be asked
 */
export function missingRole(mode: Registry['roleAssignmentMode'] | undefined, pushes: boolean): string {
  const rbac = pushes ? 'AcrPush' : 'AcrPull'
  const abac = `Container Registry Repository ${pushes ? 'Writer' : 'Reader'}`
  return `${advice(mode, rbac, abac)} ACR answers 401 where a role is missing; a role assigned just now can take ten minutes.`
}

function advice(mode: Registry['roleAssignmentMode'] | undefined, rbac: string, abac: string): string {
  switch (mode) {
    case 'rbac':
      return `Give the identity of this job the role ${rbac} on the registry.`
    case 'abac':
      return `This registry uses ABAC repository permissions, where ${rbac} counts for nothing: give the identity of this job the role ${abac}, with no condition or one that this repository meets.`
    case undefined:
      return `Give the identity of this job the role ${rbac} on the registry, or ${abac} where the registry uses ABAC repository permissions.`
  }
}
