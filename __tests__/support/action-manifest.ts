import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'

/** When a post step runs, as far as actions use it. */
export type PostCondition = 'always()' | 'success()' | 'failure()' | 'cancelled()'

/** What a runner needs to know of an `action.yml`. */
export interface ActionManifest {
  /** Every declared input with its default; without one it is empty. */
  readonly defaults: Readonly<Record<string, string>>
  readonly main: string
  readonly post?: string
  readonly postIf: PostCondition
}

interface ManifestFile {
  readonly inputs?: Record<string, { default?: unknown } | null>
  readonly runs: { using: string; main: string; post?: string; 'post-if'?: PostCondition }
}

/** Reads the `action.yml` of an action that runs on Node 24. */
export async function readActionManifest(folder: string): Promise<ActionManifest> {
  const { inputs = {}, runs } = parse(await readFile(join(folder, 'action.yml'), 'utf8')) as ManifestFile
  if (runs.using !== 'node24') throw new Error(`This harness runs node24 actions, not '${runs.using}'`)
  const defaults = Object.entries(inputs).map(([name, input]) => [name, defaultOf(name, input?.default)])
  return {
    defaults: Object.fromEntries(defaults) as Record<string, string>,
    main: runs.main,
    ...(runs.post === undefined ? {} : { post: runs.post }),
    postIf: runs['post-if'] ?? 'always()',
  }
}

/** The environment variables through which a runner hands over inputs: upper case, blanks as underscores, dashes kept. */
export function inputVariables(inputs: Readonly<Record<string, string>>): Record<string, string> {
  const variables = Object.entries(inputs).map(([name, value]) => [
    `INPUT_${name.replaceAll(' ', '_').toUpperCase()}`,
    value,
  ])
  return Object.fromEntries(variables) as Record<string, string>
}

function defaultOf(name: string, value: unknown): string {
  if (value === undefined || value === null) return ''
  if (typeof value !== 'string') throw new Error(`The default of '${name}' must be a string: quote it`)
  // A runner would evaluate it; here no default needs more than the job's token, which a run without GitHub doesn't have.
  if (/^\$\{\{ *github\.token *\}\}$/.test(value)) return ''
  if (value.includes('${{'))
    throw new Error(`The default of '${name}' is an expression that this harness cannot evaluate`)
  return value
}
