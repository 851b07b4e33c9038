import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { codeOf, diagnose, ENGINE_GONE } from '../../../src/docker/diagnosis.ts'

const HOST = 'contoso.azurecr.io'
const TOKEN = `failed to authorize: failed to fetch oauth token: unexpected status from POST request to https://${HOST}/oauth2/token`

describe('diagnose', () => {
  test.each([
    // No such image.
    ['An image does not exist locally with the tag: contoso.azurecr.io/team/web', 'not-found'],
    ['tag does not exist: contoso.azurecr.io/team/web:1.2', 'not-found'],
    ['Error response from daemon: tag does not exist: contoso.azurecr.io/web:1.2', 'not-found'],
    ['Error: No such image: web:1.2', 'not-found'],
    ['Error: contoso.azurecr.io/web:1.2: image not known', 'not-found'],
    // No engine.
    ['Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?', 'transient'],
    [
      'failed to connect to the docker API at unix:///var/run/docker.sock; check if the path is correct and if the daemon is running: dial unix /var/run/docker.sock: connect: connection refused',
      'transient',
    ],
    ['error during connect: Post "http://%2Fvar%2Frun%2Fdocker.sock/v1.50/images/web/push?tag=1.2": EOF', 'transient'],
    // An engine that ends after it has begun to answer leaves this alone.
    ['unexpected EOF', 'transient'],
    // With the containerd store, one that stops says why its own connections end.
    ['grpc: the client connection is closing: context canceled', 'transient'],
    ['rpc error: code = Unavailable desc = transport is closing', 'transient'],
    [
      'connection error: desc = "transport: Error while dialing: dial unix:///run/containerd/containerd.sock: timeout": unavailable',
      'transient',
    ],
    ['permission denied while trying to connect to the docker API at unix:///var/run/docker.sock', 'invalid'],
    // Not signed in, or no role.
    ['unauthorized: authentication required, visit https://aka.ms/acr/authorization for more information.', 'auth'],
    ['error from registry: unauthorized: authentication required', 'auth'],
    // docker leaves out a message that is the default of its code.
    ['unauthorized', 'auth'],
    ['denied', 'forbidden'],
    ['no basic auth credentials', 'auth'],
    [`${TOKEN}: 401 Unauthorized`, 'auth'],
    [
      `failed to fetch anonymous token: unexpected status from GET request to https://${HOST}/oauth2/token?x: 401 Unauthorized`,
      'auth',
    ],
    [
      'push access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed',
      'auth',
    ],
    // Refused.
    ["denied: client with IP '203.0.113.7' is not allowed access. Refer https://aka.ms/acr/firewall", 'forbidden'],
    [
      `{"errors":[{"code":"DENIED","message":"client with IP \\u0027203.0.113.7\\u0027 is not allowed access."}]}`,
      'forbidden',
    ],
    ['denied: requested access to the resource is denied', 'forbidden'],
    ['unknown: The operation is disallowed on this registry, repository or image.', 'conflict'],
    // Bounced between replicas.
    ['manifest blob unknown: blob unknown to registry', 'transient'],
    ['error from registry: manifest blob unknown', 'transient'],
    ['blob unknown to registry', 'transient'],
    ['manifest invalid: manifest invalid', 'transient'],
    ['unknown blob', 'transient'],
    ['blob upload unknown: blob upload unknown to registry', 'transient'],
    ['blob upload invalid', 'transient'],
    // Throttled.
    ['toomanyrequests: too many requests', 'throttled'],
    [`unexpected status from PUT request to https://${HOST}/v2/web/manifests/1.2: 429 Too Many Requests`, 'throttled'],
    [`${TOKEN}: 429 Too Many Requests`, 'throttled'],
    // The service has trouble.
    ...[500, 502, 503, 504].map(status => [`received unexpected HTTP status: ${status} Oops`, 'transient'] as const),
    [
      `unexpected status from PUT request to https://${HOST}/v2/web/manifests/1.2: 503 Service Unavailable`,
      'transient',
    ],
    ["error parsing HTTP 502 response body: invalid character '<' looking for beginning of value", 'transient'],
    [`${TOKEN}: 503 Service Unavailable`, 'transient'],
    // The network has.
    [
      `failed to do request: Head "https://${HOST}/v2/web/blobs/x": read tcp 10.0.0.1:5->10.0.0.2:443: read: connection reset by peer`,
      'transient',
    ],
    [`Put "https://${HOST}/v2/web/blobs/uploads/1": EOF`, 'transient'],
    ['unexpected EOF', 'transient'],
    ['write: broken pipe', 'transient'],
    [`Get "https://${HOST}/v2/": dial tcp 10.0.0.2:443: i/o timeout`, 'transient'],
    ['net/http: TLS handshake timeout', 'transient'],
    ['net/http: request canceled (Client.Timeout exceeded while awaiting headers)', 'transient'],
    ['context deadline exceeded', 'transient'],
    ['use of closed network connection', 'transient'],
    [
      `failed to authorize: failed to fetch oauth token: Post "https://${HOST}/oauth2/token": dial tcp 10.0.0.2:443: i/o timeout`,
      'transient',
    ],
    // Names.
    [`dial tcp: lookup ${HOST} on 127.0.0.53:53: no such host`, 'transient'],
    [`dial tcp: lookup ${HOST}: Temporary failure in name resolution`, 'transient'],
    [`lookup ${HOST} on 10.0.0.1:53: server misbehaving`, 'transient'],
    // Certificates, proxies, disk.
    [`Get "https://${HOST}/v2/": x509: certificate signed by unknown authority`, 'invalid'],
    [`tls: failed to verify certificate: x509: certificate is valid for other, not ${HOST}`, 'invalid'],
    ['proxyconnect tcp: dial tcp 10.0.0.9:3128: connect: connection refused', 'invalid'],
    ['http: server gave HTTP response to HTTPS client', 'invalid'],
    ['write /var/lib/docker/tmp/x: no space left on device', 'invalid'],
  ])('%s → %s', (line, kind) => {
    const output = ['The push refers to repository [contoso.azurecr.io/team/web]', '5f70bf18a086: Pushing', ` ${line} `]
    const needsRole = kind === 'auth' || line.endsWith('access to the resource is denied') || line === 'denied'
    expect(diagnose(output)).toEqual({ kind, line, remedy: needsRole ? undefined : expect.stringMatching(/\w+ \w+/) })
  })

  test.each([
    [
      'a status in a name',
      `unexpected status from PUT request to https://${HOST}/v2/web/manifests/v-500: 400 Bad Request`,
    ],
    [
      'a port',
      `unexpected status from PUT request to https://contoso.localhost:503/v2/web/manifests/1: 400 Bad Request`,
    ],
    ['what nobody knows', 'it broke'],
  ])('%s is no reason to try again', (_, line) => expect(diagnose([line])).toMatchObject({ kind: 'bug', line }))

  test('a 401 of the token service is a matter of roles, a firewall is not', () => {
    expect(diagnose([`${TOKEN}: 401 Unauthorized`]).remedy).toBeUndefined()
    expect(diagnose(["denied: client with IP '203.0.113.7' is not allowed access"]).remedy).toContain('firewall')
    expect(diagnose(['manifest blob unknown']).remedy).toContain('regional endpoints')
  })

  test('the most specific reason wins, wherever it stands, and its last line is the one', () => {
    const lines = ['unexpected EOF', 'tag does not exist: a:1', 'tag does not exist: b:1', 'connection reset by peer']
    expect(diagnose(lines).line).toBe('tag does not exist: b:1')
  })

  test('without a reason the last line has to do, or that there is none', () => {
    expect(diagnose(['first', 'last', '  ']).line).toBe('last')
    expect(diagnose([]).line).toBe('(docker said nothing)')
  })

  test.each([
    ['Cannot connect to the Docker daemon at tcp://127.0.0.1:9. Is the docker daemon running?', ENGINE_GONE],
    ['error during connect: Get "http://docker/v1.50/version": read: connection reset by peer', ENGINE_GONE],
    ['permission denied while trying to connect to the docker API at unix:///var/run/docker.sock', undefined],
    [`Get "https://${HOST}/v2/": read: connection reset by peer`, undefined],
  ])('%s: is it the engine that is gone?', (line, code) => expect(codeOf(line).code).toBe(code))

  test('any output has a diagnosis', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), lines => {
        expect(diagnose(lines)).toMatchObject({ kind: expect.stringMatching(/./), line: expect.stringMatching(/./) })
      }),
    )
  })
})
