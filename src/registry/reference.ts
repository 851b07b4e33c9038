import { StepError } from '../base/errors.ts'

/** A tagged image reference, split. The host is lower case; without one it belongs to the registry the step works on. */
export interface Reference {
  /** `contoso.azurecr.io` or `contoso.localhost:5000`. */
  readonly host: string | undefined
  /** `public/products/web`. */
  readonly repository: string
  /** `1.2`; `latest` where the reference named none, as docker has it. */
  readonly tag: string
}

// Grammar: OCI distribution specification 1.1, "Pulling manifests"; docker caps host and repository at 255 characters together.
const REPOSITORY = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/
const HOST = /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*(?::[0-9]{1,5})?$/
const DIGEST = /^sha256:[0-9a-f]{64}$/
const LONGEST_NAME = 255

/**
 * Parses `[host/]repository[:tag]`. What stands before the first slash is a host when it has a dot or a colon or is `localhost`,
 * as docker decides it.
 *
 * @param input name of the input the text came from, for the error
 * @throws StepError `invalid`, with the part that is wrong and how to write it
 */
export function parseReference(text: string, input: string): Reference {
  const fail = (what: string, remedy: string): never => {
    throw new StepError('invalid', `Input '${input}' has the reference '${text}': ${what}`, { remedy })
  }
  if (text.includes('@')) {
    fail('it names a digest', 'Name a tag here; the digest to wait for is what the push yields.')
  }
  if (/\s/.test(text)) fail('it contains white space', 'Put each reference on a line of its own.')
  if (text.includes('://')) fail('it is a URL', 'Write it without the scheme, such as contoso.azurecr.io/team/web:1.2.')

  const slash = text.indexOf('/')
  const first = slash < 0 ? '' : text.slice(0, slash)
  const hasHost = first === 'localhost' || /[.:]/.test(first)
  const host = hasHost ? first.toLowerCase() : undefined
  const path = hasHost ? text.slice(slash + 1) : text
  const colon = path.lastIndexOf(':')
  const repository = colon < 0 ? path : path.slice(0, colon)
  const tag = colon < 0 ? 'latest' : path.slice(colon + 1)

  if (host !== undefined && !HOST.test(host)) fail(`'${host}' is not a host`, 'Write it as contoso.azurecr.io.')
  if (repository !== repository.toLowerCase()) {
    fail('a repository is lower case', `Write ${repository.toLowerCase()}.`)
  }
  if (!REPOSITORY.test(repository)) {
    fail(
      repository === '' ? 'the repository is missing' : `'${repository}' is not a repository name`,
      'Use lower-case letters, digits, and single . _ - or / between them, such as public/products/web:1.2.',
    )
  }
  if ((host?.length ?? 0) + repository.length > LONGEST_NAME) {
    fail('its name is too long', `Host and repository may have ${LONGEST_NAME} characters together.`)
  }
  if (!TAG.test(tag)) {
    fail(
      `'${tag}' is not a tag`,
      'Use up to 128 letters, digits, dots, dashes and underscores, not starting with . or -.',
    )
  }
  return { host, repository, tag }
}

/** `host/repository:tag`. */
export function tagged(host: string, reference: Reference): string {
  return `${host}/${reference.repository}:${reference.tag}`
}

/** `host/repository@sha256:…`. */
export function digested(host: string, repository: string, digest: string): string {
  return `${host}/${repository}@${digest}`
}

/** Whether a text is a sha256 digest, the only algorithm ACR stores manifests under. */
export function isDigest(text: string): boolean {
  return DIGEST.test(text)
}

/** Whether two hosts are one: a URL leaves the port of https out, a reference may name it. */
export function isSameHost(one: string, other: string): boolean {
  const plain = (host: string) => host.toLowerCase().replace(/:443$/, '')
  return plain(one) === plain(other)
}
