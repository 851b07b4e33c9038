import { type ImageStore } from './flavours.ts'

/** What this machine is like, as far as starting an engine goes. */
export interface Machine {
  readonly debian: boolean
  readonly root: boolean
  /** The image store of the engine that answers here, if one does. */
  readonly engine?: ImageStore | undefined
}

/** Why no throwaway engine can be started here, and what to do; nothing where one can. */
export function explainMissing({ debian, root, engine }: Machine): string | undefined {
  const missing = [
    ...(debian ? [] : ['Debian (it is made of Debian packages)']),
    ...(root ? [] : ['root (no engine starts without)']),
  ]
  if (missing.length === 0) return undefined
  const found =
    engine === undefined ? 'No Docker engine answers' : `The Docker engine here has the ${engine} image store`
  const remedy = engine === undefined ? 'Start Docker, or run this as root on Debian.' : 'Run this as root on Debian.'
  return `${found}, and a throwaway one needs ${missing.join(' and ')}. ${remedy}`
}
