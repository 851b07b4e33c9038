import { withoutSecrets } from '../secrets.ts'

/** Escape sequences of terminals: colours, cursor, titles, links. */
const ESCAPES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g
/** Control characters, and those that make text look like what it is not (bidirectional overrides, zero width). */
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g
const LONGEST = 4000

/**
 * Text from docker, a registry or Azure as one line that is safe to print in a job's log, without any secret. The runner takes a line that starts with `::`
 * for a command, and `##[command]` anywhere in it (actions/runner, ActionCommand.cs): neither is left.
 */
export function printable(text: string): string {
  const line = withoutSecrets(text).replace(ESCAPES, '').replace(CONTROLS, ' ').trimEnd()
  const safe = line.replaceAll('##[', '#\u2060#[').replace(/^(\s*):(?=:)/, '$1:\u2060')
  return safe.length > LONGEST ? `${safe.slice(0, LONGEST)}…` : safe
}

/** Text in a table cell or a line of Markdown: nothing in it becomes mark-up. */
export function markdownText(text: string): string {
  return printable(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[\\`*_{}[\]|~@]/g, character => `&#${character.codePointAt(0)};`)
}
