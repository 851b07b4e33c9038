const STYLES = { group: '1', error: '31', warning: '33', notice: '36', debug: '90' } as const

/** Shows one line of a runner's log the way the run's page does: groups as headings, annotations in their colour. */
export function colourLogLine(line: string, colours: boolean): string | undefined {
  const [, mark, text = ''] = /^##\[(\w+)\](.*)$/.exec(line) ?? []
  if (mark === 'endgroup') return undefined
  const style = STYLES[mark as keyof typeof STYLES]
  if (mark === undefined || style === undefined) return line
  const label =
    { group: '▾ ', error: 'Error: ', warning: 'Warning: ', notice: 'Notice: ', debug: 'Debug: ' }[mark] ?? ''
  return colours ? `\u001b[${style}m${label}${text}\u001b[0m` : `${label}${text}`
}
