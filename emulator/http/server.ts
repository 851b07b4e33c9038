import {
  createServer as createPlainServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http'
import { createServer, type ServerOptions } from 'node:https'
import { type AddressInfo, type Socket } from 'node:net'
import { type Answer, json, send } from './answer.ts'
import { type Call } from './call.ts'
import { type CertificateAuthority } from './certificate-authority.ts'
import { type Service } from './fault.ts'
import { type FaultBox } from './fault-box.ts'
import { misbehave } from './misbehave.ts'
import { type RequestRecord } from './request-log.ts'

/** What every server of one emulator shares. */
export interface Ground {
  readonly requests: RequestRecord[]
  readonly faults: FaultBox
  readonly authority: CertificateAuthority
  /** Waits, seconds; never resolves after the emulator stopped. */
  readonly wait: (seconds: number) => Promise<void>
}

export interface Served {
  service: Service
  region?: string | undefined
  /** Plain http, as the instance metadata service is. */
  plain?: boolean
  handle: (call: Call) => Promise<Answer>
}

export interface Listening {
  readonly port: number
  close(): Promise<void>
}

/** Serves on a free port of 127.0.0.1. */
export async function listen(ground: Ground, served: Served): Promise<Listening> {
  const onRequest: RequestListener = (request, response) => {
    void answerOne(ground, served, request, response)
  }
  const server = served.plain ? createPlainServer(onRequest) : createServer(tlsOptions(ground), onRequest)
  server.keepAliveTimeout = 60_000
  server.requestTimeout = 0
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
  })
  server.on('tlsClientError', (_error: Error, socket: Socket) => socket.destroy())
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

/** The default certificate is for clients that address 127.0.0.1: they send no server name. */
function tlsOptions({ authority }: Ground): ServerOptions {
  return { ...authority.issue('127.0.0.1'), SNICallback: (host, done) => done(null, authority.contextFor(host)) }
}

async function answerOne(
  ground: Ground,
  served: Served,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const method = request.method ?? 'GET'
  const record: RequestRecord = {
    at: Date.now(),
    service: served.service,
    host: request.headers.host ?? '',
    ...(served.region === undefined ? {} : { region: served.region }),
    method,
    path: request.url ?? '/',
    status: 0,
  }
  ground.requests.push(record)
  response.once('close', () => request.resume())
  const call = callOf(served, request)
  if (!call)
    return send(json(400, { error: { code: 'BadRequest', message: 'The request is malformed.' } }), response, false)
  const fault = ground.faults.pick(call)
  const handle = async () => served.handle(call).catch((error: unknown) => broken(error))
  const answer = fault ? await misbehave(fault, handle, response, ground.wait) : await handle()
  if (!answer || response.destroyed) return
  record.status = answer.status
  await send(answer, response, method === 'HEAD')
  request.resume()
}

function callOf(served: Served, request: IncomingMessage): Call | undefined {
  const host = request.headers.host ?? 'localhost'
  const url = URL.parse(`${served.plain ? 'http' : 'https'}://${host}${request.url ?? '/'}`)
  if (!url) return undefined
  return {
    service: served.service,
    region: served.region,
    method: request.method ?? 'GET',
    url,
    host,
    headers: request.headers,
    body: request,
    clientAddress: request.socket.remoteAddress ?? '',
  }
}

/** A bug of the emulator must not look like Azure: it says so, loudly. */
function broken(error: unknown): Answer {
  // The client went away in the middle of its request; nobody is there to be answered.
  const { code = '' } = error as NodeJS.ErrnoException
  if (['ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE'].includes(code)) return { status: 499, headers: {} }
  console.error('emulator:', error)
  return json(500, { error: { code: 'EmulatorBug', message: String(error) } })
}
