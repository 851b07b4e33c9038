import { type HttpClient } from '@azure/core-rest-pipeline'
import { azureCli, cliSubscription } from './azure/cli.ts'
import { type Arm, createArm } from './azure/client.ts'
import { REGISTRY_SCOPE } from './azure/cloud.ts'
import { chooseSignIn, missingIn } from './azure/sign-in.ts'
import { onlySubscription } from './azure/subscription.ts'
import { type TokenSource, createTokenSource } from './azure/tokens.ts'
import { type Clock } from './base/clock.ts'
import { type RetryNotice } from './base/retry.ts'
import { type Inputs } from './inputs.ts'
import { type Journal } from './journal.ts'
import { type EntraToken } from './registry/session.ts'

export interface ConnectOptions {
  readonly http: HttpClient
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly journal: Journal
  readonly mask: (secret: string) => void
  readonly idToken: (audience: string) => Promise<string>
}

/** A way into Azure. */
export interface Connection {
  /** Azure Resource Manager for the registry's subscription. */
  readonly openArm: () => Promise<Arm>
  /** What a registry may exchange for its own token, best first. */
  readonly entraTokens: readonly EntraToken[]
}

/** Chooses how to sign in, and starts with it. */
export function connect(inputs: Inputs, options: ConnectOptions): Connection {
  const { http, clock, signal, journal, mask } = options
  const { signIn, why } = chooseSignIn(inputs.auth, inputs.identity)
  journal.record({ type: 'signing-in', method: signIn.method, why })
  const askCli = azureCli(inputs.runner.childEnv, signal)
  const onRetry = (notice: RetryNotice) => journal.record({ type: 'retrying', notice })
  const tokens = createTokenSource({
    signIn,
    cloud: inputs.cloud,
    http,
    clock,
    signal,
    mask,
    onRetry,
    idToken: options.idToken,
    askCli,
    lacking: missingIn(inputs.identity),
    origin: inputs.identity.origin,
  })
  const entraTokens = registryTokens(tokens, inputs)
  // The token for the registry is asked for at the very start: one that azure/login left with the CLI can do it for five minutes only
  // (Azure/azure-cli#28708). Whether it could be had shows when it is needed.
  entraTokens[0]?.get().catch(() => undefined)
  const armFor = (subscriptionId: string) =>
    createArm({ cloud: inputs.cloud, subscriptionId, tokens, http, clock, signal, onRetry })
  return {
    entraTokens,
    async openArm() {
      const subscriptionId =
        inputs.subscriptionId ??
        (signIn.method === 'cli' ? await cliSubscription(askCli, signal) : undefined) ??
        (await onlySubscription(armFor('')))
      return armFor(subscriptionId)
    },
  }
}

function registryTokens(tokens: TokenSource, { cloud }: Inputs): readonly EntraToken[] {
  const get = (scope: string) => async () => (await tokens.getToken(scope)).token
  return [
    { kind: 'registry', audience: 'container registries', get: get(REGISTRY_SCOPE) },
    { kind: 'arm', audience: 'Azure Resource Manager', get: get(cloud.armScope) },
  ]
}
