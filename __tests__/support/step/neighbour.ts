import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Emulator } from '../../../emulator/index.ts'
import { type OwnEngine } from '../../../scripts/engine/ensure-engine.ts'
import { acrRefreshToken, TOKEN_USER } from '../acr-sign-in.ts'
import { runIn } from '../command.ts'

/** Another job of the same user on the same machine, which shares engine and docker configuration with the step. */
export interface Neighbour {
  /** The job's environment: the engine, and the user's docker configuration. */
  readonly env: Readonly<Record<string, string>>
  /** Ends it, and tells how often it went round and what it found in the user's configuration that it had not left there. */
  stop(): Promise<{ rounds: number; intrusions: readonly string[] }>
}

/**
 * Starts a job that, round after round, signs docker in to the hosts of the registry, out again, and leaves the credential of somebody who may not
 * push. It goes on while the engine is gone.
 */
export async function startNeighbour(
  azure: Emulator,
  engine: Pick<OwnEngine, 'env'>,
  regions: readonly string[],
): Promise<Neighbour> {
  const folder = await mkdtemp(join(tmpdir(), 'docker-neighbour-'))
  const file = join(folder, 'config.json')
  const env = { ...engine.env, DOCKER_CONFIG: folder }
  const run = runIn(env)
  const hosts = [azure.ready.loginServer, ...regions.flatMap(region => azure.regionalEndpoint(region) ?? [])]
  const token = await acrRefreshToken(azure.ready, azure.ready.loginServer)
  const auth = Buffer.from('somebody:else').toString('base64')
  const intrusions: string[] = []
  let rounds = 0
  let going = true

  const round = async () => {
    for (const host of hosts) {
      await run('docker', ['login', host, '--username', TOKEN_USER, '--password-stdin'], token)
      await run('docker', ['logout', host])
    }
    const left = JSON.stringify({ auths: Object.fromEntries(hosts.map(host => [host, { auth }])) })
    await writeFile(file, left)
    await sleep(150)
    const found = await readFile(file, 'utf8')
    if (found !== left) intrusions.push(found)
    rounds++
  }
  await round()
  const done = (async () => {
    while (going) await round()
  })()

  return {
    env,
    async stop() {
      going = false
      await done
      await rm(folder, { recursive: true })
      return { rounds, intrusions }
    },
  }
}
