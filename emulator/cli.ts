import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { startEmulator } from './emulator.ts'
import { type ScenarioInput } from './scenario.ts'

/** `npm run emulator -- [--scenario FILE]`: prints one JSON line when ready, runs until SIGINT or SIGTERM. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { scenario: { type: 'string' } } })
  const scenario =
    values.scenario === undefined ? {} : (JSON.parse(readFileSync(values.scenario, 'utf8')) as ScenarioInput)
  const emulator = await startEmulator(scenario)
  const stop = () => void emulator.stop()
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
  for (const line of emulator.ready.hostsToAdd) console.error(`add to the hosts file: ${line}`)
  console.log(JSON.stringify(emulator.ready))
}

await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
})
