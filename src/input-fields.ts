import { StepError } from './base/errors.ts'

/** Reads one input as the runner passes it; `''` when it is not set. */
export type GetInput = (name: string) => string

/** A text without blanks around it; undefined when nothing is left. */
export function optional(text: string): string | undefined {
  const trimmed = text.trim()
  return trimmed === '' ? undefined : trimmed
}

/** A list: commas or new lines, entries trimmed, blank ones dropped, duplicates merged. */
export function readList(get: GetInput, name: string): string[] {
  const entries = get(name)
    .split(/[\n,]/)
    .map(entry => entry.trim())
    .filter(entry => entry !== '')
  return [...new Set(entries)]
}

/** @throws StepError `invalid` when the text is not of the pattern */
export function requireMatch(text: string, pattern: RegExp, input: string, remedy: string): void {
  if (!pattern.test(text)) throw new StepError('invalid', `Input '${input}' is '${text}'`, { remedy })
}

/** A boolean of YAML 1.2. Anything else is an error, never a silent false. */
export function readBoolean(get: GetInput, name: string, fallback: boolean): boolean {
  const text = optional(get(name))
  if (text === undefined) return fallback
  // The YAML 1.2 core schema, as core.getBooleanInput has it.
  if (['true', 'True', 'TRUE'].includes(text)) return true
  if (['false', 'False', 'FALSE'].includes(text)) return false
  throw new StepError('invalid', `Input '${name}' is not a boolean: '${text}'`, { remedy: 'Write true or false.' })
}

/** One of a few words, in any case. */
export function readChoice<T extends string>(get: GetInput, name: string, choices: readonly T[], fallback: T): T {
  const text = optional(get(name))?.toLowerCase()
  if (text === undefined) return fallback
  const choice = choices.find(candidate => candidate === text)
  if (choice !== undefined) return choice
  throw new StepError('invalid', `Input '${name}' is '${text}'`, { remedy: `Write one of: ${choices.join(', ')}.` })
}
