/** What a registry asks for with a 401 (RFC 6750; distribution specification, "Token authentication"). */
export interface Challenge {
  /** Where tokens are made. */
  readonly realm: string
  /** Whom they are for: ACR names the login server here, also on a regional endpoint. Never derive it from the host. */
  readonly service: string
}

/** Reads the Bearer challenge of a `WWW-Authenticate` header; undefined when there is none. */
export function parseChallenge(header: string | undefined): Challenge | undefined {
  const match = /(?:^|,)\s*bearer\s+(.*)$/is.exec(header ?? '')
  if (match === null) return undefined
  const parameters = new Map<string, string>()
  for (const [, name = '', quoted, bare] of (match[1] ?? '').matchAll(
    /([a-z_]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/gi,
  )) {
    // A further challenge in the same header has parameters of its own.
    if (!parameters.has(name.toLowerCase()))
      parameters.set(name.toLowerCase(), (quoted ?? bare ?? '').replace(/\\(.)/g, '$1'))
  }
  const realm = parameters.get('realm')
  const service = parameters.get('service')
  return realm === undefined || service === undefined ? undefined : { realm, service }
}
