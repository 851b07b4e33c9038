/** Replaces registered secrets by `***`, as the runner does with everything it shows or keeps. */
export class SecretMasker {
  readonly secrets: string[] = []

  /** Registers a secret and, where it has several lines, each of its lines. */
  add(secret: string): void {
    this.secrets.push(...new Set([secret, ...secret.split(/[\r\n]+/)].filter(part => part.trim() !== '')))
  }

  mask(text: string): string {
    // Longest first, so that a secret inside another one doesn't leave the rest of the longer one readable.
    const longestFirst = this.secrets.toSorted((a, b) => b.length - a.length)
    return longestFirst.reduce((masked, secret) => masked.replaceAll(secret, '***'), text)
  }
}
