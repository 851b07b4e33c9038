/** What must not be told, longest first: one secret may be inside another. One process has one set of them. */
let secrets: readonly string[] = []

/** Shorter ones are no secrets worth the name, and would tear every text apart. */
const SHORTEST = 8

/** Remembers a secret; everything written from now on goes without it. */
export function keepSecret(secret: string): void {
  if (secret.length < SHORTEST) return
  secrets = [...new Set([...secrets, secret])].sort((a, b) => b.length - a.length)
}

/**
 * A text without the secrets that were kept. The runner masks its log, but keeps what the process wrote; it knows no secret again that the
 * summary's mark-up changed; and a service may repeat in an error what it was sent.
 */
export function withoutSecrets(text: string): string {
  return secrets.reduce((rest, secret) => rest.replaceAll(secret, '***'), text)
}
