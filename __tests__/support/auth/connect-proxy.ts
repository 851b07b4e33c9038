import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'

/** A forward proxy on loopback, as a company has one: it opens tunnels, and knows only their names. */
export interface ConnectProxy {
  /** For HTTPS_PROXY. */
  readonly url: string
  /** Every `host:port` a tunnel was asked for, in order. */
  readonly tunnels: readonly string[]
  /** What was asked of it without a tunnel, in the clear: `METHOD url`. */
  readonly plain: readonly string[]
  stop(): Promise<void>
}

/**
 * Starts one.
 *
 * @param route where a tunnel really leads; undefined refuses it with a 502. By default where it was asked for
 */
export async function startConnectProxy(
  route: (target: string) => string | undefined = target => target,
): Promise<ConnectProxy> {
  const tunnels: string[] = []
  const plain: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((request, response) => {
    plain.push(`${request.method} ${request.url}`)
    response.writeHead(501).end()
  })
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  server.on('connect', (request: IncomingMessage, client: Socket, head: Buffer) => {
    const target = request.url ?? ''
    tunnels.push(target)
    client.on('error', () => client.destroy())
    const destination = route(target)
    if (destination === undefined) {
      client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n')
      return
    }
    const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(destination) ?? []
    const upstream = connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n')
      upstream.write(head)
      upstream.pipe(client).pipe(upstream)
    })
    upstream.on('error', () => client.destroy())
    client.on('close', () => upstream.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tunnels,
    plain,
    async stop() {
      server.close()
      for (const socket of sockets) socket.destroy()
      await once(server, 'close')
    },
  }
}

/** The hosts tunnels were asked for, each once, sorted. */
export function hostsOf({ tunnels }: ConnectProxy): string[] {
  return [...new Set(tunnels)].sort()
}
