/** One workflow command as the runner understands it. */
export interface WorkflowCommand {
  /** Lower-case name: `error`, `add-mask`, … */
  readonly name: string
  readonly properties: Readonly<Record<string, string>>
  readonly data: string
}

/** The commands a runner knows. A line that looks like a command with any other name is plain output. */
export const KNOWN_COMMANDS: readonly string[] = [
  'add-mask',
  'add-matcher',
  'add-path',
  'debug',
  'echo',
  'endgroup',
  'error',
  'group',
  'notice',
  'remove-matcher',
  'save-state',
  'set-env',
  'set-output',
  'stop-commands',
  'warning',
]

/** Reads one output line the way the runner does: `::name …::data` after leading blanks, or `##[name …]data` anywhere. */
export function parseCommand(line: string, isKnown: (name: string) => boolean): WorkflowCommand | undefined {
  return parse(colonForm(line), isKnown) ?? parse(bracketForm(line), isKnown)
}

/** The raw parts of a line that has the shape of a command, and how that shape escapes what it carries. */
interface Shape {
  readonly info: string
  readonly data: string
  readonly separator: string
  readonly dataEscapes: Escapes
  readonly propertyEscapes: Escapes
}

/** The runner undoes these one after the other, `%25` last. */
type Escapes = readonly (readonly [escaped: string, plain: string])[]

const DATA: Escapes = [
  ['%0D', '\r'],
  ['%0A', '\n'],
  ['%25', '%'],
]
const PROPERTY: Escapes = [['%3A', ':'], ['%2C', ','], ...DATA]
const BRACKET: Escapes = [['%3B', ';'], ['%5D', ']'], ...DATA]

function colonForm(line: string): Shape | undefined {
  const text = line.trimStart()
  const end = text.indexOf('::', 2)
  if (!text.startsWith('::') || end < 0) return undefined
  return {
    info: text.slice(2, end),
    data: text.slice(end + 2),
    separator: ',',
    dataEscapes: DATA,
    propertyEscapes: PROPERTY,
  }
}

function bracketForm(line: string): Shape | undefined {
  const start = line.indexOf('##[')
  const end = line.indexOf(']', start)
  if (start < 0 || end < 0) return undefined
  return {
    info: line.slice(start + 3, end),
    data: line.slice(end + 1),
    separator: ';',
    dataEscapes: BRACKET,
    propertyEscapes: BRACKET,
  }
}

function parse(shape: Shape | undefined, isKnown: (name: string) => boolean): WorkflowCommand | undefined {
  if (!shape) return undefined
  const [name = ''] = shape.info.split(' ', 1)
  if (!isKnown(name.toLowerCase())) return undefined
  const properties: Record<string, string> = {}
  for (const part of shape.info.slice(name.length).trim().split(shape.separator)) {
    const equals = part.indexOf('=')
    if (equals > 0) properties[part.slice(0, equals)] = unescape(part.slice(equals + 1), shape.propertyEscapes)
  }
  return { name: name.toLowerCase(), properties, data: unescape(shape.data, shape.dataEscapes) }
}

const unescape = (text: string, escapes: Escapes) =>
  escapes.reduce((result, [escaped, plain]) => result.replaceAll(escaped, plain), text)
