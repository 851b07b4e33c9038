import { type Inputs } from './inputs.ts'

/** Registers the secrets among inputs and environment with the runner, in every form they may appear in. Nothing else is ever masked. */
export function maskSecrets({ webhookUri, statusToken, identity }: Inputs, setSecret: (secret: string) => void): void {
  const { clientSecret, certificatePassword, idTokenRequest } = identity
  const secrets = [webhookUri, statusToken, clientSecret, certificatePassword, idTokenRequest]
  for (const secret of secrets.filter(text => text !== undefined)) for (const form of formsOf(secret)) setSecret(form)
}

/** Masking is literal: a secret in a URL, in JSON or in base64 is another text. */
function formsOf(secret: string): ReadonlySet<string> {
  return new Set([
    secret,
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    Buffer.from(secret).toString('base64'),
  ])
}
