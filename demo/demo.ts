import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runAction, type RunResult } from '../__tests__/support/runner.ts'
import { startEmulator } from '../emulator/index.ts'
import { ensureEngine } from '../scripts/engine/ensure-engine.ts'
import { buildImage, removeImage } from './image.ts'
import { colourLogLine } from './log-colours.ts'
import { type DemoOptions, readOptions } from './options.ts'

const interrupted = new AbortController()
const heading = (text: string) => console.log(`\n── ${text}`)

/** Runs the README's story on this machine: a local Azure, a Docker engine, and the step as a runner starts it. */
async function demo(options: DemoOptions): Promise<number> {
  await using cleanUp = new AsyncDisposableStack()

  heading('A Docker engine')
  const engine = await ensureEngine({ store: 'classic' })
  cleanUp.defer(() => engine.stop())
  console.log(`${engine.borrowed ? 'the one that is here' : 'a throwaway one'}, ${engine.dockerHost}`)

  heading('A local Azure')
  const azure = await startEmulator(options.scenario)
  cleanUp.defer(() => azure.stop())
  const { ready } = azure
  console.log(`registry ${ready.registry}, login server ${ready.loginServer}`)
  if (ready.hostsToAdd.length > 0)
    throw new Error(['Add to the hosts file, or run this as root:', ...ready.hostsToAdd].join('\n'))

  heading('An image')
  const image = options.inputs['image'] ?? `${ready.loginServer}/public/products/web:1.2`
  const [reference = image] = image.split(/[\n,]/) // the primary one; the step gives the image its other names
  console.log(`${reference}, ${await buildImage({ reference }, engine)}`)
  cleanUp.defer(() => removeImage(reference, engine))
  if (interrupted.signal.aborted) return 130

  heading('The step, as a runner starts it')
  const result = await runAction({
    inputs: {
      image,
      environment: 'custom',
      'resource-manager-endpoint': ready.resourceManagerEndpoint,
      'authority-host': ready.authorityHost,
      ...options.inputs,
    },
    env: { ...ready.env, ...engine.env },
    signalAfter: { abort: interrupted.signal },
    onLine: showLine,
  })
  await report(result)

  if (options.keep) {
    heading('Kept until Ctrl-C')
    console.log(`export DOCKER_HOST=${engine.dockerHost}`)
    for (const [name, value] of Object.entries(ready.env)) console.log(`export ${name}='${value}'`)
    if (!interrupted.signal.aborted) await once(interrupted.signal, 'abort')
  }
  return result.exitCode ?? 1
}

function showLine(line: string): void {
  const shown = colourLogLine(line, process.stdout.isTTY)
  if (shown !== undefined) console.log(shown)
}

async function report(result: RunResult): Promise<void> {
  heading(`Outputs (${result.conclusion} after ${(result.ms / 1000).toFixed(1)} s)`)
  for (const [name, value] of Object.entries(result.outputs)) console.log(`${name}: ${value}`)
  await writeFile(join(import.meta.dirname, '..', 'summary.md'), result.summary)
  console.log('\nThe job summary is in summary.md')
}

// The first Ctrl-C cancels the step as GitHub does; what was started is stopped in order in any case.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupted.abort())

try {
  process.exitCode = await demo(await readOptions(process.argv.slice(2)))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
