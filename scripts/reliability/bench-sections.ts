import { type NeighbourFigures, type PushFigures, type SoakFigures } from '../../bench/figures.ts'
import { table } from './markdown.ts'

const NOT_YET = 'Not measured yet.'

export function pushRetries(figures: readonly PushFigures[] | undefined): string[] {
  return [
    '`node bench/push-retries.ts`: a share of the manifest PUTs is answered with MANIFEST_BLOB_UNKNOWN, as by a replica that was not given the layers. ' +
      'Regional endpoints are off, so that every further attempt has the same odds; where they are on, the second attempt goes to the endpoint of the home region and does not bounce.',
    figures === undefined
      ? NOT_YET
      : table(
          ['Bouncing', 'Pushes', '1 attempt', '2', '3', '4', '5', 'Failed after 5', 'Expected to fail'],
          figures.map(({ bouncing, pushes, byAttempts, failed }) => [
            `${bouncing * 100} %`,
            String(pushes),
            ...byAttempts.map(String),
            String(failed),
            (pushes * bouncing ** byAttempts.length).toFixed(2),
          ]),
        ),
  ]
}

export function neighbour(figures: readonly NeighbourFigures[] | undefined): string[] {
  const intro =
    '`node bench/neighbour.ts`: pushes of ever new images under one tag, beside another job of the same user that signs docker in to the hosts of the registry and out again without end, ' +
    'and stops or kills the engine at random moments, up to three times a push, for up to two seconds each.'
  if (figures === undefined) return [intro, NOT_YET]
  const rows: readonly (readonly [string, (found: NeighbourFigures) => string])[] = [
    ['Seed', ({ seed }) => String(seed)],
    ['Pushes, of which green', ({ pushes, green }) => `${pushes}, ${green}`],
    ['**False claims**', found => `**${found.falseClaims}**`],
    ['Restarts of the engine', ({ restarts }) => String(restarts)],
    ['Rounds of signing in and out', ({ signOuts }) => String(signOuts)],
    ['Pushes in which something was tried again', ({ disturbed }) => String(disturbed)],
    ['Attempts repeated', ({ retries }) => String(retries)],
    ['Most attempts of one thing (of 5)', ({ mostAttempts }) => String(mostAttempts)],
    ['Longest run (s)', ({ longestSeconds }) => String(longestSeconds)],
    ["Processes and files left, changes of the user's configuration", ({ left }) => String(left)],
  ]
  return [
    intro,
    table(
      ['Figure', ...figures.map(({ store }) => `${store} image store`)],
      rows.map(([name, value]) => [name, ...figures.map(value)]),
    ),
  ]
}

export function soak(figures: SoakFigures | undefined): string[] {
  const intro =
    '`node --expose-gc bench/soak.ts`: one run after the other against one local Azure, each with up to three random faults and two random changes of Azure, every fourth with a real push, every tenth cancelled at a random moment.'
  if (figures === undefined) return [intro, NOT_YET]
  const change = ([from, to]: readonly [number, number]) => `${from} → ${to}`
  return [
    intro,
    table(
      ['Figure', 'Value'],
      [
        ['Seed', String(figures.seed)],
        ['Runs', `${figures.runs}, of which ${figures.pushes} pushed`],
        ['Green, red, cancelled', `${figures.green}, ${figures.red}, ${figures.cancelled}`],
        ['**False greens**', `**${figures.falseGreens}**`],
        ['**Runs past their deadline**', `**${figures.overdue}** (longest ${figures.longestSeconds} s)`],
        ['Attempts repeated', String(figures.retries)],
        ['Requests', String(figures.requests)],
        ['Processes that outlived a run', String(figures.orphans)],
        ['Files left by a run', String(figures.leftovers)],
        ['Open files and sockets of runner and Azure, early → end', change(figures.openFiles)],
        ['Heap of runner and Azure (MB), early → end', change(figures.heapMegabytes)],
        ['Temporary folders of runner and Azure, early → end', change(figures.temporaryFiles)],
      ],
    ),
  ]
}
