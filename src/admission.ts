import { StepError, isKind } from './base/errors.ts'
import { type Patience } from './base/patience.ts'
import { resolveDigest } from './registry/manifest.ts'
import { checkPushRight } from './registry/push-right.ts'
import { type Reference } from './registry/reference.ts'
import { type RegistrySession } from './registry/session.ts'

export interface AdmissionOptions {
  readonly references: readonly [Reference, ...Reference[]]
  /** The host that is asked: the one that takes the push. */
  readonly host: string
  readonly pushes: boolean
  readonly session: RegistrySession
  readonly patience: Patience
  readonly signal: AbortSignal
}

/**
 * Signs in to the registry before anything is created or pushed, and waits a little for a role that was assigned a moment ago.
 *
 * @throws StepError where the identity may not push. Whether one that may not pull matters is for the proof to say.
 */
export async function admit({ references, host, pushes, session, patience, signal }: AdmissionOptions): Promise<void> {
  const what = `Sign-in to ${host}`
  const look = async (): Promise<void> => {
    if (pushes) await session.refreshToken(host)
    const checks = references.map(({ repository, tag }) =>
      pushes
        ? checkPushRight(session, { host, repository }, tag)
        : resolveDigest(session, { host, repository }, tag, 1),
    )
    await Promise.all(checks).catch((error: unknown) => {
      signal.throwIfAborted()
      // Whatever else is wrong is for the push or the proof to meet.
      if (isKind(error, 'auth', 'forbidden') || !(error instanceof StepError)) throw error
    })
  }
  try {
    await patience(what, look)
  } catch (error) {
    signal.throwIfAborted()
    if (pushes) throw error
  }
}
