import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'

/** A host nobody should turn to. */
export interface Trap {
  /** Its address, `127.0.0.1:PORT`. */
  readonly host: string
  /** How many came all the same. */
  readonly visitors: () => number
  stop(): Promise<void>
}

/** Waits for somebody who follows a forged address. */
export async function setTrap(): Promise<Trap> {
  let visitors = 0
  const server = createServer((socket: Socket) => {
    visitors += 1
    socket.destroy()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    visitors: () => visitors,
    async stop() {
      server.close()
      await once(server, 'close')
    },
  }
}
