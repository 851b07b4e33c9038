// Writes the input and output tables of README.md from action.yml, so that they cannot differ. With --check it only looks.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'

const root = join(import.meta.dirname, '..')
const readme = join(root, 'README.md')
const { inputs, outputs } = parse(readFileSync(join(root, 'action.yml'), 'utf8'))

const table = (head, rows) =>
  [head, head.map(() => '---'), ...rows].map(cells => `| ${cells.map(cell).join(' | ')} |`).join('\n')
const cell = text => text.replace(/\s+/g, ' ').trim().replaceAll('|', '\\|')

const defaultOf = ({ required, default: value }) =>
  required ? '**required**' : value === undefined || value === '' ? '' : `\`${value}\``

const tables = {
  inputs: table(
    ['Input', 'Default', 'Meaning'],
    Object.entries(inputs).map(([name, input]) => [`\`${name}\``, defaultOf(input), input.description]),
  ),
  outputs: table(
    ['Output', 'Meaning'],
    Object.entries(outputs).map(([name, output]) => [`\`${name}\``, output.description]),
  ),
}

const before = readFileSync(readme, 'utf8')
const after = Object.entries(tables).reduce(insert, before)

if (!process.argv.includes('--check')) {
  writeFileSync(readme, after)
} else if (after !== before) {
  console.error('The tables of README.md are not what action.yml says. Run npm run docs and commit README.md.')
  process.exitCode = 1
}

/** Replaces what is between the two markers of a table. */
function insert(text, [name, content]) {
  const [start, end] = [`<!-- ${name}:start -->`, `<!-- ${name}:end -->`]
  const from = text.indexOf(start)
  const to = text.indexOf(end)
  if (from < 0 || to < from) throw new Error(`README.md lacks the markers ${start} and ${end}`)
  return `${text.slice(0, from + start.length)}\n\n${content}\n\n${text.slice(to)}`
}
