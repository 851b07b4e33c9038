import { type ErrorKind } from '../base/errors.ts'

/** What a failure of docker means. */
export interface Diagnosis {
  readonly kind: ErrorKind
  /** The line of the output that tells. */
  readonly line: string
  readonly remedy: string
}

type Row = readonly [pattern: RegExp, kind: ErrorKind, remedy: string]

const REGIONAL =
  'The login server answered from another replica half-way through the push (Azure/acr#588): turn on regional endpoints and pin the push to one.'
const ROLE =
  'The identity needs the role AcrPush on the registry, or Container Registry Repository Writer where the registry uses ABAC repository permissions. A role assigned just now can take ten minutes.'

/**
 * The strings docker prints, in the order they are looked for, from the specific to the general. Sources: moby
 * daemon/internal/distribution and daemon/containerd, docker/cli, containerd's remotes/docker, and the answers of ACR they carry.
 */
const ROWS: readonly Row[] = [
  [
    /An image does not exist locally with the tag|tag does not exist: |no such image|image not known/i,
    'not-found',
    "Build or pull the image in this job before the step, or name it with 'source-image'.",
  ],
  [
    /Cannot connect to the Docker daemon|failed to connect to the docker API|error during connect|Is the docker daemon running/i,
    'invalid',
    'Start the Docker engine on this runner, or set DOCKER_HOST to one.',
  ],
  [
    /permission denied while trying to connect to the docker/i,
    'invalid',
    'Let the user of the runner use the Docker engine (group docker).',
  ],
  [
    /client with IP '?[^' ]+'? is not allowed access|client with IP \\u0027/i,
    'forbidden',
    "The registry's firewall refuses this runner: allow its address, or run the job on a self-hosted runner inside the network.",
  ],
  [/requested access to the resource is denied|\bdenied: /i, 'forbidden', ROLE],
  [
    /operation is disallowed/i,
    'conflict',
    'The repository or image is locked or quarantined, or the storage of the registry is full: az acr repository show, az acr show-usage.',
  ],
  [
    /unauthorized: |: 401 Unauthorized|no basic auth credentials|insufficient_scope|failed to fetch (?:anonymous|oauth) token.*40[13]/i,
    'auth',
    ROLE,
  ],
  [
    /manifest blob unknown|manifest_blob_unknown|blob unknown to registry|unknown blob|blob upload (?:unknown|invalid)|manifest invalid/i,
    'transient',
    REGIONAL,
  ],
  [/toomanyrequests|429 Too Many Requests/i, 'throttled', 'The registry throttles this identity: push less at a time.'],
  [
    /x509: |tls: failed to verify|proxyconnect tcp|server gave HTTP response to HTTPS client/i,
    'invalid',
    'Check the certificate authorities and the proxy settings of the Docker engine.',
  ],
  [/no space left on device/i, 'invalid', 'Free disk space on the runner.'],
  [
    /no such host|server misbehaving|Temporary failure in name resolution/i,
    'transient',
    'Check the name of the registry and the DNS of the Docker engine.',
  ],
  [
    /received unexpected HTTP status: (?:408|5\d\d)|unexpected status(?: code)? from .*: (?:408|5\d\d)\b|error parsing HTTP (?:408|5\d\d) response body|\b50[0234] (?:Internal Server Error|Bad Gateway|Service Unavailable|Gateway Timeout)/i,
    'transient',
    'The registry has trouble: run the job again; see https://status.azure.com.',
  ],
  [
    /connection reset by peer|\bEOF\b|broken pipe|i\/o timeout|TLS handshake timeout|Client\.Timeout exceeded|context deadline exceeded|use of closed network connection|connection refused/i,
    'transient',
    'The network between the Docker engine and the registry broke: run the job again.',
  ],
  [/failed to authorize/i, 'auth', ROLE],
]

/** Finds out from docker's output why it failed. The last line that matches the most specific pattern is the reason. */
export function diagnose(lines: readonly string[]): Diagnosis {
  for (const [pattern, kind, remedy] of ROWS) {
    const line = lines.findLast(candidate => pattern.test(candidate))
    if (line !== undefined) return { kind, line: line.trim(), remedy }
  }
  const line = lines.findLast(candidate => candidate.trim() !== '')?.trim() ?? '(docker said nothing)'
  return { kind: 'bug', line, remedy: 'See the output of docker above.' }
}
