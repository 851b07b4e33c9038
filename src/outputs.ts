/** The outputs of the step, as `action.yml` declares them. */
export interface Outputs {
  readonly digest: string
  readonly image: string
  readonly 'image-digest': string
  readonly images: Readonly<Record<string, string>>
  readonly matrix: { readonly include: readonly object[] }
  readonly replicas: readonly object[]
  readonly ready: boolean
  readonly 'ready-regions': readonly string[]
  readonly 'pending-regions': readonly string[]
  readonly 'created-replicas': readonly string[]
  readonly 'login-server': string
  readonly repository: string
  readonly tag: string
  readonly 'dry-run-plan': object
}

/** What is JSON is JSON from the first moment on, and nothing is ready before it is known to be. */
const INITIAL: Partial<Outputs> = {
  images: {},
  matrix: { include: [] },
  replicas: [],
  ready: false,
  'ready-regions': [],
  'pending-regions': [],
  'created-replicas': [],
}

/** Lists of names are comma-separated; all else that is no text is JSON. */
const NAME_LISTS: ReadonlySet<string> = new Set(['ready-regions', 'pending-regions', 'created-replicas'])

export type SetOutputs = (outputs: Partial<Outputs>) => void

/** Outputs are set as soon as each is known, so that `if: always()` steps have them after a failure; a later value replaces an earlier. */
export function createOutputs(setOutput: (name: string, value: string) => void): SetOutputs {
  const set: SetOutputs = outputs => {
    for (const [name, value] of Object.entries(outputs)) setOutput(name, toText(name, value))
  }
  set(INITIAL)
  return set
}

function toText(name: string, value: Outputs[keyof Outputs]): string {
  if (typeof value === 'string') return value
  if (NAME_LISTS.has(name) && Array.isArray(value)) return value.join(',')
  return JSON.stringify(value)
}
