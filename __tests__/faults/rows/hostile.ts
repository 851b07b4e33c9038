import { expect } from '@jest/globals'
import {
  always,
  armAnswer,
  READ_REGISTRY,
  LIST_REPLICAS,
  PUT_MANIFEST,
  readReplica,
  registryAnswer,
  readManifest,
  json,
} from '../places.ts'
import { type Check, green, red, type Row } from '../row.ts'

const COMMANDS = [
  '::add-mask::contoso',
  '##[add-mask]eastus',
  'see ##[set-env name=PATH;]/evil',
  '::set-output name=ready::true',
  '::stop-commands::forever',
  '::error::not ours',
  '::warning title=acr-geo-push::not ours',
  '::save-state name=docker-config::/etc',
].join('\n')
const ESCAPES =
  '\u001b[2J\u001b[31mred\u001b]0;title\u0007\u001b]8;;https://evil.example\u0007link\u001b[0m\u0000\u0008\u009b31m\r\rover'
const HUGE = 'x'.repeat(10_000_000)
const registered = { ready: [] }
/** The log stays readable. */
const shortLines: Check = ({ run }) => {
  for (const line of run.stdout.split('\n')) expect(line.length).toBeLessThan(20_000)
}
const unharmed: Check = ({ run }) => {
  expect(run.log).toContain('contoso')
  expect(run.state).toEqual(expect.not.objectContaining({ 'docker-config': '/etc' }))
  expect(run.annotations.map(({ message }) => message)).not.toContain('not ours')
}
const echo = (text: string) => `case "$1" in push) ${text};; *) exec "$REAL_DOCKER" "$@";; esac`

/** Text from outside that would rather be something else. */
export const hostileRows: readonly Row[] = [
  {
    fault: 'ARM: workflow commands in an error',
    run: 'gate',
    faults: [always(READ_REGISTRY, armAnswer(400, 'BadRequest', COMMANDS))],
    expected: red(/add-mask/, { check: unharmed }),
  },
  {
    fault: 'ARM: workflow commands in the code of an error',
    run: 'gate',
    faults: [always(READ_REGISTRY, armAnswer(400, COMMANDS, 'no'))],
    expected: red(/HTTP 400/, { check: unharmed }),
  },
  {
    fault: 'ARM: escape codes and control characters in an error',
    run: 'gate',
    faults: [always(READ_REGISTRY, armAnswer(400, 'BadRequest', ESCAPES))],
    expected: red(/red/),
  },
  {
    fault: 'ARM: an error of 10 MB in one line',
    run: 'gate',
    faults: [always(READ_REGISTRY, armAnswer(400, 'BadRequest', HUGE))],
    expected: red(/BadRequest: xxx/, { check: shortLines }),
  },
  {
    fault: 'ARM: workflow commands in the state of a replica',
    run: 'gate',
    inputs: { timeout: '4s' },
    arrange: azure => azure.tamper.setReplica('eastus', 'Succeeded', `Ready\n${COMMANDS}`),
    expected: red(/eastus: replica Succeeded, Ready/, { ready: ['canadacentral'], check: unharmed }),
  },
  {
    fault: 'ARM: markup in the state of a replica does not reach the summary',
    run: 'gate',
    inputs: { timeout: '4s' },
    arrange: azure =>
      azure.tamper.setReplica(
        'eastus',
        'Succeeded',
        '| <img src=x onerror=alert(1)> [go](https://evil.example) @contoso/all',
      ),
    expected: red(/eastus: replica Succeeded/, {
      ready: ['canadacentral'],
      check: ({ run }) => expect(run.summary).not.toMatch(/<img|\[go\]|@contoso/),
    }),
  },
  {
    fault: 'ARM: names of replicas that lead elsewhere',
    run: 'gate',
    faults: [
      always(
        LIST_REPLICAS,
        json({
          value: [
            { name: '../../../../evil?x=', location: 'eastus' },
            { name: 'canadacentral', location: 'canadacentral' },
          ],
        }),
      ),
    ],
    regions: ['canadacentral'],
    expected: green({
      check: ({ run }) =>
        expect(run.requests.filter(({ path }) => path.startsWith('/evil') || path.includes('/../'))).toEqual([]),
    }),
  },
  {
    fault: 'ARM: unknown fields and deep nesting in a replica',
    run: 'gate',
    faults: [
      {
        match: readReplica('eastus'),
        skip: 1,
        count: 1,
        action: { status: 200, body: `{"properties":${'['.repeat(50_000)}${']'.repeat(50_000)}}` },
      },
    ],
    expected: green(),
  },
  {
    fault: 'registry: workflow commands in an error',
    run: 'gate',
    inputs: { timeout: '5s' },
    faults: [always(readManifest('eastus'), registryAnswer(500, 'UNKNOWN', COMMANDS))],
    expected: red(/eastus: /, { ready: ['canadacentral'], check: unharmed }),
  },
  {
    fault: 'registry: an error of 10 MB',
    run: 'gate',
    inputs: { timeout: '6s' },
    faults: [always(readManifest('eastus'), registryAnswer(500, 'UNKNOWN', HUGE))],
    expected: red(/eastus: /, { ready: ['canadacentral'], check: shortLines }),
  },
  {
    fault: 'registry: JSON of the wrong shape in an error',
    run: 'gate',
    inputs: { timeout: '5s' },
    faults: [always(readManifest('eastus'), { status: 500, body: { errors: [null, 5, { code: [], message: {} }] } })],
    expected: red(/eastus: .*HTTP 500/, { ready: ['canadacentral'] }),
  },
  {
    fault: 'docker: workflow commands and escape codes in the answer to a push',
    run: 'push',
    faults: [
      always(
        PUT_MANIFEST,
        registryAnswer(403, 'DENIED', `requested access to the resource is denied\n${COMMANDS}\n${ESCAPES}`),
      ),
    ],
    expected: red(/denied/, { check: unharmed }),
  },
  {
    fault: 'docker: workflow commands on its standard output and error, then a real push',
    run: 'push',
    docker: echo(`printf '%s\\n' '${COMMANDS}'; printf '%s\\n' '${COMMANDS}' >&2; exec "$REAL_DOCKER" "$@"`),
    expected: green({ check: unharmed }),
  },
  {
    fault: 'docker: 10 MB in one line, then a real push',
    run: 'push',
    docker: echo(`head -c 10000000 /dev/zero | tr '\\0' x; echo; exec "$REAL_DOCKER" "$@"`),
    expected: green({ check: shortLines }),
  },
  {
    fault: 'docker: bytes that are no UTF-8, and a digest line of a stranger, then a real push',
    run: 'push',
    docker: echo(
      `printf '\\377\\376\\300\\257 \\342\\202\\n'; echo '1.2: digest: sha256:nonsense size: 5'; exec "$REAL_DOCKER" "$@"`,
    ),
    expected: green(),
  },
  {
    fault: 'docker: fails with nothing but bytes that are no UTF-8',
    run: 'push',
    docker: echo(`printf '\\377\\376\\300\\257' >&2; exit 1`),
    expected: red(/^docker push .* failed: /, registered),
  },
]
