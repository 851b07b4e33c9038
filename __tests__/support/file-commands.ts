/** Reads a command file (`GITHUB_OUTPUT`, `GITHUB_STATE`, `GITHUB_ENV`): `name=value` or `name<<MARK … MARK`. */
export function parseKeyValueFile(text: string): Record<string, string> {
  const values: Record<string, string> = {}
  const lines = text.split('\n')
  while (lines.length > 0) {
    const line = lines.shift() ?? ''
    if (line === '') continue
    const equals = line.indexOf('=')
    const heredoc = line.indexOf('<<')
    if (equals >= 0 && (heredoc < 0 || equals < heredoc)) {
      values[nameIn(line, equals)] = line.slice(equals + 1)
    } else if (heredoc >= 0) {
      values[nameIn(line, heredoc)] = takeUntil(line.slice(heredoc + 2), lines)
    } else {
      throw new Error(`Invalid format '${line}'`)
    }
  }
  return values
}

/** Reads `GITHUB_PATH`: one folder a line. */
export function parsePathFile(text: string): string[] {
  return text.split('\n').filter(line => line !== '')
}

function nameIn(line: string, end: number): string {
  if (end === 0) throw new Error(`Invalid format '${line}'. Name must not be empty`)
  return line.slice(0, end)
}

function takeUntil(mark: string, lines: string[]): string {
  const end = lines.indexOf(mark)
  if (mark === '' || end < 0) throw new Error(`Invalid value. Matching delimiter not found '${mark}'`)
  const value = lines.splice(0, end).join('\n')
  lines.shift()
  return value
}
