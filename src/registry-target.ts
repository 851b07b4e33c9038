import { regionOfHost } from './azure/regional-endpoints.ts'
import { nameInHost } from './azure/registry.ts'
import { StepError } from './base/errors.ts'
import { type GetInput, optional, requireMatch } from './input-fields.ts'
import { type Reference } from './registry/reference.ts'

/** The one image to push, under one or more references. The first is the primary. */
export type References = readonly [Reference, ...Reference[]]

/** Which registry: by its name, or by the host of its login server. */
export type RegistryTarget = { readonly name: string } | { readonly loginServer: string }

/** Rules of Microsoft.ContainerRegistry/registries. */
const REGISTRY_NAME = /^[a-z0-9]{5,50}$/i
const LOGIN_SERVER = /^(?=.*[.:])[a-z0-9-]+(?:\.[a-z0-9-]+)*(?::\d{1,5})?$/i

/**
 * Finds out which registry is meant, from the hosts of the references and the input `registry`.
 *
 * @throws StepError `invalid` when they name none or two
 */
export function readTarget(get: GetInput, references: References, pushes: boolean): RegistryTarget {
  const hosts = [...new Set(references.flatMap(({ host }) => host ?? []))]
  // To wait for an image, references may name regional endpoints too: they are the same registry.
  const regional = pushes ? [] : hosts.filter(host => regionOfHost(host) !== undefined)
  const [host, other] = hosts.filter(candidate => !regional.includes(candidate))
  if (host !== undefined && other !== undefined) {
    throw new StepError('invalid', `Input 'image' names two registries: ${host} and ${other}`, {
      remedy: 'Keep the references of one registry; the image is pushed to one.',
    })
  }
  const registry = optional(get('registry'))?.replace(/\/+$/, '')
  if (registry === undefined) {
    if (host !== undefined) return { loginServer: host }
    if (regional[0] !== undefined) return { name: nameInHost(regional[0]) }
    throw new StepError('invalid', "Neither 'image' nor 'registry' says which registry to push to", {
      remedy: "Put the login server before the repository (contoso.azurecr.io/team/web:1.2), or set 'registry'.",
    })
  }
  if (REGISTRY_NAME.test(registry)) return { name: registry }
  requireMatch(
    registry,
    LOGIN_SERVER,
    'registry',
    'Write the name (contoso) or the login server (contoso.azurecr.io) of the registry.',
  )
  const loginServer = registry.toLowerCase()
  if (host !== undefined && host !== loginServer) throw wrongHost(host, loginServer)
  return { loginServer }
}

/** A reference that belongs elsewhere. */
export function wrongHost(host: string, loginServer: string): StepError {
  return new StepError(
    'invalid',
    `Input 'image' names the host ${host}, but the registry's login server is ${loginServer}`,
    {
      remedy: `Write ${loginServer} in the reference, or leave the host out.`,
    },
  )
}
