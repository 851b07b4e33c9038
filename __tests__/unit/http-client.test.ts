import { createHttpHeaders, createPipelineRequest } from '@azure/core-rest-pipeline'
import { afterEach, describe, expect, test } from '@jest/globals'
import { type RequestListener, type Server, createServer } from 'node:http'
import { type AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { createHttpClient } from '../../src/http-client.ts'

let server: Server | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

/** Asks a server that answers like this. */
async function ask(listener: RequestListener, more: { timeoutMs?: number; abortSignal?: AbortSignal } = {}) {
  server = createServer(listener)
  await new Promise<void>(resolve => server?.listen(0, '127.0.0.1', resolve))
  const { timeoutMs = 5_000, abortSignal } = more
  const request = createPipelineRequest({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    allowInsecureConnection: true,
    // As the pipeline of the SDK asks.
    headers: createHttpHeaders({ 'accept-encoding': 'gzip,deflate' }),
    ...(abortSignal === undefined ? {} : { abortSignal }),
  })
  const response = await createHttpClient({ timeoutMs }).sendRequest(request)
  return { response, request }
}

const HALF = { 'content-length': 100 }

describe('createHttpClient', () => {
  test('reads an answer as the SDK expects it', async () => {
    const { response, request } = await ask((_, answer) => answer.writeHead(201, { 'x-a': 'b' }).end('grüße'))
    expect(response).toMatchObject({ status: 201, bodyAsText: 'grüße' })
    expect(response.headers.get('x-a')).toBe('b')
    expect(response.readableStreamBody).toBeUndefined()
    expect(request.streamResponseStatusCodes).toBeUndefined()
  })

  test.each(['reset', 'closed'])('an answer that is cut off (%s) is an error at once', async how => {
    const cut = ask(({ socket }, answer) => {
      answer.writeHead(200, HALF).write('half')
      setTimeout(() => (how === 'reset' ? socket.resetAndDestroy() : socket.end()), 50)
    })
    await expect(cut).rejects.toMatchObject({ code: 'ECONNRESET' })
  })

  test('compressed answers are not asked for: one that is cut off would never end', async () => {
    const { response } = await ask(({ headers }, answer) =>
      'accept-encoding' in headers
        ? answer.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('packed'))
        : answer.end('plain'),
    )
    expect(response.bodyAsText).toBe('plain')
  })

  test('an answer that stops half-way is lost after a while', async () => {
    const stalled = ask((_, answer) => answer.writeHead(200, HALF).write('half'), { timeoutMs: 200 })
    await expect(stalled).rejects.toMatchObject({ code: 'ETIMEDOUT' })
  })

  test('the end of the run ends an answer half-way', async () => {
    const end = new AbortController()
    const cancelled = ask(
      (_, answer) => {
        answer.writeHead(200, HALF).write('half')
        setTimeout(() => end.abort(), 50)
      },
      { abortSignal: end.signal },
    )
    await expect(cancelled).rejects.toThrow()
  })

  test('an answer without end is given up, and its connection with it', async () => {
    const chunk = Buffer.alloc(1024 * 1024)
    let sent = 0
    let closed: () => void = () => undefined
    const close = new Promise<void>(resolve => (closed = resolve))
    const endless = ask((_, answer) => {
      answer.on('close', closed)
      const send = () => {
        while (!answer.destroyed && answer.write(chunk)) sent += 1
        sent += 1
        answer.once('drain', send)
      }
      send()
    })
    await expect(endless).rejects.toThrow(/larger than 32 MiB/)
    await close
    expect(sent).toBeLessThan(64)
  })
})
