import { type Row } from '../../__tests__/faults/row.ts'
import { type Figures } from '../../bench/figures.ts'
import { neighbour, pushRetries, soak } from './bench-sections.ts'
import { classification } from './classification.ts'
import { escape, table } from './markdown.ts'

/** docs/reliability.md: what is tried again and what is not, every row of the fault matrix with what it did, and the figures of the benchmarks. */
export function render(areas: Readonly<Record<string, readonly Row[]>>, figures: Figures): string {
  const rows = Object.values(areas).flat()
  const measured = new Map(figures.rows.map(row => [row.fault, row]))
  const green = rows.filter(({ expected }) => expected.exit === 0).length
  return [
    '# Reliability',
    '<!-- Written by npm run reliability from the code, the fault matrix and bench/figures.json. Do not edit. -->',
    'What can be survived is survived within the one deadline (`timeout`); about the rest the step tells the truth. `npm run reliability` runs the fault matrix and writes this page anew.',
    '## What an error means',
    'Only `transient` and `throttled` are tried again: up to five times, with full jitter (a random wait of at most 1, 2, 4, 8 … 30 s), or as long as `Retry-After` says; never past the deadline. ' +
      'The log has a line `attempt n of N` for each. A 409 of an operation in progress waits too. A push is repeated as a whole. An engine that does not answer is asked for every two seconds, five times, and in a push after 2, 4, 8 and 16 s.',
    ...classification(),
    '## The fault matrix',
    `${rows.length} rows, run through \`dist/index.js\` as a runner does, against the local Azure, with a real Docker engine where something is pushed: ${green} have to end green after recovery, ${rows.length - green} red or cancelled with the message given. ` +
      'Each row is also held to this: outputs and summary tell region by region what is ready and what is not, one annotation for each region that is not, with its remedy; nothing is called ready that Azure knows better; ' +
      'no file, process or credential is left; no text from outside takes effect as a workflow command.',
    ...Object.entries(areas).flatMap(([area, list]) => [`### ${area}`, matrix(list, measured)]),
    '## Pushes that bounce',
    ...pushRetries(figures.pushRetries),
    '## While another job logs out and restarts the engine',
    ...neighbour(figures.neighbour),
    '## Soak',
    ...soak(figures.soak),
  ]
    .join('\n\n')
    .concat('\n')
}

function matrix(rows: readonly Row[], measured: ReadonlyMap<string, Figures['rows'][number]>): string {
  return table(
    ['Fault', 'Run', 'Expected', 'Measured', 'Retries', 'Seconds'],
    rows.map(row => {
      const found = measured.get(row.fault)
      return [
        escape(row.fault),
        row.run,
        expectation(row),
        found === undefined ? 'not run yet' : outcome(found),
        String(found?.retries ?? ''),
        String(found?.seconds ?? ''),
      ]
    }),
  )
}

/** What a row has to end with, in words. */
export function expectation({ expected }: Row): string {
  const says = expected.says === undefined ? '' : `: \`${expected.says.source.replaceAll('|', '\\|')}\``
  if (expected.exit === 0) return `green${says}`
  return `${expected.exit === 1 ? 'red' : `exit ${expected.exit}`}${says}`
}

function outcome({ exit, said, ready, pending, cancelledMs }: Figures['rows'][number]): string {
  if (exit === 0) return ready === '' ? 'green' : `green (${ready})`
  const regions = ready === '' ? '' : ` Ready: ${ready}.`
  const last = cancelledMs === undefined ? '' : ` Last word after ${(cancelledMs / 1000).toFixed(1)} s.`
  return `exit ${exit}: ${escape(said)}${regions}${pending === '' ? '' : ` Pending: ${pending}.`}${last}`
}
