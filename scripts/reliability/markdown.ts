/** A table of Markdown; the cells are Markdown already. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |`).join('\n')
}

/** Text in a cell, so that nothing in it becomes mark-up. */
export function escape(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/[|<>*_`[\]]/g, character => `\\${character}`)
    .trim()
}

/** Code in a cell. */
export function code(text: string): string {
  return `\`${text.replaceAll('|', '\\|')}\``
}
