import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { type ScenarioInput } from '../emulator/scenario.ts'

/** What the command line of the demo says. */
export interface DemoOptions {
  readonly scenario: ScenarioInput
  /** Leave everything running afterwards, until interrupted. */
  readonly keep: boolean
  readonly inputs: Readonly<Record<string, string>>
}

/** The regions of the README's story: two of them have a replica, two get one. */
const STORY = 'eastus\nCanada Central\nwesteurope\njapaneast'

/** Reads `--scenario FILE`, `--keep` and any number of `--inputs key=value`. */
export async function readOptions(args: readonly string[]): Promise<DemoOptions> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      scenario: { type: 'string' },
      keep: { type: 'boolean', default: false },
      inputs: { type: 'string', multiple: true, default: [] },
    },
  })
  const scenario =
    values.scenario === undefined ? {} : (JSON.parse(await readFile(values.scenario, 'utf8')) as ScenarioInput)
  return { scenario, keep: values.keep, inputs: { regions: regionsOf(scenario), ...parsePairs(values.inputs) } }
}

/** A scenario that tells the times of regions asks for these, in its order. */
function regionsOf({ timing = {} }: ScenarioInput): string {
  const told = Object.keys(timing).filter(region => region !== 'default')
  return told.length > 0 ? told.join('\n') : STORY
}

function parsePairs(pairs: readonly string[]): Record<string, string> {
  const inputs = pairs.map(pair => {
    const equals = pair.indexOf('=')
    if (equals < 1) throw new Error(`--inputs wants key=value, not '${pair}'`)
    return [pair.slice(0, equals), pair.slice(equals + 1)]
  })
  return Object.fromEntries(inputs) as Record<string, string>
}
