import { type Emulator, type RequestRecord } from '../../../emulator/index.ts'
import { type RunOptions, type RunResult, runAction } from '../runner.ts'

/** An entry of the output `replicas`, as the contract has it. */
export interface ReplicaEntry {
  readonly region: string
  readonly displayName: string
  readonly home: boolean
  readonly created: boolean
  readonly provisioningState: string
  readonly status: string
  readonly ready: boolean
  readonly proof: 'regional-endpoint' | 'webhook' | 'none'
  readonly digest: string | null
  readonly image: string
  readonly seconds: number | null
  readonly detail: string
}

/** An entry of the output `matrix`. */
export interface MatrixEntry {
  readonly region: string
  readonly image: string
  readonly 'image-digest': string
  readonly endpoint: string
  readonly ready: boolean
  readonly proof: string
}

/** The step as a user got it, its JSON outputs taken apart. */
export interface StepRun extends RunResult {
  readonly images: Readonly<Record<string, string>>
  readonly matrix: { readonly include: readonly MatrixEntry[] }
  readonly replicas: readonly ReplicaEntry[]
  /** What the local Azure was asked meanwhile. */
  readonly requests: readonly RequestRecord[]
}

/** A run that would wait for ever ends, red, before its test is given up. */
const PATIENCE = '90s'

/** Runs the step against a local Azure, signed in by GitHub's OIDC. What is no JSON although the contract says so is an error here. */
export async function runStep(azure: Emulator, { inputs, env, ...more }: RunOptions): Promise<StepRun> {
  const before = azure.requests.length
  const result = await runAction({
    ...more,
    inputs: {
      environment: 'custom',
      'resource-manager-endpoint': azure.ready.resourceManagerEndpoint,
      'authority-host': azure.ready.authorityHost,
      timeout: PATIENCE,
      ...inputs,
    },
    env: { ...azure.ready.env, ...env },
  })
  return {
    ...result,
    images: jsonOutput(result, 'images') as StepRun['images'],
    matrix: jsonOutput(result, 'matrix') as StepRun['matrix'],
    replicas: jsonOutput(result, 'replicas') as StepRun['replicas'],
    requests: azure.requests.slice(before),
  }
}

/** An output that has to be JSON. */
export function jsonOutput({ outputs, log }: RunResult, name: string): unknown {
  try {
    return JSON.parse(outputs[name] ?? '')
  } catch {
    throw new Error(`output ${name} is no JSON but ${JSON.stringify(outputs[name])}. The log:\n${log}`)
  }
}

/** The entry of a region in the output `replicas`. */
export function replicaOf(run: StepRun, region: string): ReplicaEntry {
  const entry = run.replicas.find(candidate => candidate.region === region)
  if (!entry) throw new Error(`no entry for ${region} in ${run.outputs['replicas']}. The log:\n${run.log}`)
  return entry
}

/** Messages of the annotations of one level. */
export function notes({ annotations }: RunResult, level: 'error' | 'warning' | 'notice'): string[] {
  return annotations.filter(annotation => annotation.level === level).map(({ message }) => message)
}
