import { type ErrorKind } from '../base/errors.ts'

/** What a failure of docker means. */
export interface Diagnosis {
  readonly kind: ErrorKind
  /** The line of the output that tells. */
  readonly line: string
  /** Undefined where the identity lacks a role: which one depends on the registry. */
  readonly remedy: string | undefined
}

/** Code of the error for an engine that does not answer, or no longer. */
export const ENGINE_GONE = 'ENGINE_GONE'

type Row = readonly [pattern: RegExp, kind: ErrorKind, remedy: string | undefined, source: string]

const REGIONAL =
  'The login server answered from another replica half-way through the push (Azure/acr#588): turn on regional endpoints and pin the push to one.'
const ROLE = undefined

/**
 * No connection, or one that broke before the engine had begun to answer. Once it has, the docker command prints `unexpected EOF` and nothing
 * else (docker 20.10, 26.1 and 28.2, killed or stopped in order, both image stores).
 */
const NO_ENGINE =
  /Cannot connect to the Docker daemon|failed to connect to the docker API|error during connect|Is the docker daemon running/i

/**
 * The strings docker prints, in the order they are looked for, from the specific to the general, each with where it comes from.
 */
export const ROWS: readonly Row[] = [
  [
    /An image does not exist locally with the tag|tag does not exist: |no such image|image not known/i,
    'not-found',
    "Build or pull the image in this job before the step, or name it with 'source-image'.",
    'moby daemon/internal/distribution and daemon/containerd; podman push',
  ],
  [
    /permission denied while trying to connect to the docker/i,
    'invalid',
    'Let the user of the runner use the Docker engine (group docker).',
    'moby client/errors.go',
  ],
  [
    NO_ENGINE,
    'transient',
    'Start the Docker engine on this runner, or set DOCKER_HOST to one.',
    'docker/cli and moby client/errors.go (since 29: failed to connect to the docker API); seen while an engine restarts',
  ],
  [
    /client with IP '?[^' ]+'? is not allowed access|client with IP \\u0027/i,
    'forbidden',
    "The registry's firewall refuses this runner: allow its address, or run the job on a self-hosted runner inside the network.",
    'ACR, "Troubleshoot network issues with registry"',
  ],
  [
    /requested access to the resource is denied|\bdenied: |(?:^\s*|: )denied\s*$/i,
    'forbidden',
    ROLE,
    'distribution specification, DENIED; containerd remotes/docker',
  ],
  [
    /operation is disallowed/i,
    'conflict',
    'The repository or image is locked or quarantined, or the storage of the registry is full: az acr repository show, az acr show-usage.',
    'ACR, "Lock a container image"; Azure/acr issues on full storage',
  ],
  [
    /(?:^\s*|: )unauthorized(?:: |\s*$)|: 401 Unauthorized|no basic auth credentials|insufficient_scope|failed to fetch (?:anonymous|oauth) token.*40[13]/i,
    'auth',
    ROLE,
    'distribution specification, UNAUTHORIZED; containerd remotes/docker/authorizer.go',
  ],
  [
    /manifest blob unknown|manifest_blob_unknown|blob unknown to registry|unknown blob|blob upload (?:unknown|invalid)|manifest invalid/i,
    'transient',
    REGIONAL,
    'distribution specification, MANIFEST_BLOB_UNKNOWN and BLOB_UNKNOWN; Azure/acr#588',
  ],
  [
    /toomanyrequests|429 Too Many Requests/i,
    'throttled',
    'The registry throttles this identity: push less at a time.',
    'distribution specification, TOOMANYREQUESTS; ACR service limits',
  ],
  [
    /x509: |tls: failed to verify|proxyconnect tcp|server gave HTTP response to HTTPS client/i,
    'invalid',
    'Check the certificate authorities and the proxy settings of the Docker engine.',
    'Go crypto/x509, crypto/tls and net/http',
  ],
  [/no space left on device/i, 'invalid', 'Free disk space on the runner.', 'errno ENOSPC'],
  [
    /no such host|server misbehaving|Temporary failure in name resolution/i,
    'transient',
    'Check the name of the registry and the DNS of the Docker engine.',
    'Go net, DNSError',
  ],
  [
    /received unexpected HTTP status: (?:408|5\d\d)|unexpected status(?: code)? from .*: (?:408|5\d\d)\b|error parsing HTTP (?:408|5\d\d) response body|\b50[0234] (?:Internal Server Error|Bad Gateway|Service Unavailable|Gateway Timeout)/i,
    'transient',
    'The registry has trouble: run the job again; see https://status.azure.com.',
    'distribution client/errors.go; containerd remotes/docker/pusher.go',
  ],
  [
    /the client connection is closing|transport is closing|code = Unavailable|: unavailable\s*$|\bcontext canceled/i,
    'transient',
    'The Docker engine, or the containerd behind it, was stopped: run the job again.',
    'google.golang.org/grpc and containerd errdefs, as the containerd store passes them on; seen while an engine stops in order',
  ],
  [
    /connection reset by peer|no route to host|network is unreachable|\bEOF\b|broken pipe|i\/o timeout|TLS handshake timeout|Client\.Timeout exceeded|context deadline exceeded|use of closed network connection|connection refused/i,
    'transient',
    'The network between the Docker engine and the registry broke, or the engine ended: run the job again.',
    'Go net and net/http; moby distribution/xfer; docker/cli pkg/jsonmessage',
  ],
  [/failed to authorize/i, 'auth', ROLE, 'containerd remotes/docker/authorizer.go'],
]

/** The code of an error with this line of docker's output. */
export function codeOf(line: string): { code?: string } {
  return NO_ENGINE.test(line) ? { code: ENGINE_GONE } : {}
}

/** Finds out from docker's output why it failed. The last line that matches the most specific pattern is the reason. */
export function diagnose(lines: readonly string[]): Diagnosis {
  for (const [pattern, kind, remedy] of ROWS) {
    const line = lines.findLast(candidate => pattern.test(candidate))
    if (line !== undefined) return { kind, line: line.trim(), remedy }
  }
  const line = lines.findLast(candidate => candidate.trim() !== '')?.trim() ?? '(docker said nothing)'
  return { kind: 'bug', line, remedy: 'See the output of docker above.' }
}
