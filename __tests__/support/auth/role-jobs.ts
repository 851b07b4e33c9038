import { type Emulator } from '../../../emulator/index.ts'
import { type RoleAssignment, type ScenarioInput } from '../../../emulator/scenario.ts'
import { type RunOptions } from '../runner.ts'
import { startQuickAzure } from '../step/azure.ts'
import { REFERENCE, REPOSITORY } from '../step/push-image.ts'
import { runStep, type StepRun } from '../step/run-step.ts'
import { storeImage } from './stored-image.ts'

/** The image that is pushed; whoever runs a job builds it first. */
export const LOCAL = 'custom-roles/web:1.2'
/** Nobody listens there; an event is listed all the same. */
const HOOK = 'http://127.0.0.1:9/'

/** A run a role is for: a registry, and what the step is to do there. */
export interface Job {
  readonly scenario: ScenarioInput
  readonly inputs: RunOptions['inputs']
  /** What the run comes to. */
  readonly achieves: Partial<Achieved>
}

/** What a run came to: all that an action may be needed for. */
interface Achieved {
  readonly exitCode: number | null
  /** By region. */
  readonly proofs: Readonly<Record<string, string>>
  /** Regions that have one in the end. */
  readonly replicas: readonly string[]
  /** Whether it says why a creation failed. */
  readonly reason: boolean
}

/** Webhooks are the only proof, so that it shows what they need. */
const REPLICATED: ScenarioInput = {
  registry: { regionalEndpoints: 'Disabled' },
  replicas: [{ location: 'eastus' }],
  webhooks: ['westus', 'eastus'].map(location => ({ name: `hook${location}`, location, serviceUri: HOOK })),
}
export const GATE: Job = {
  scenario: REPLICATED,
  inputs: { regions: 'westus, eastus', push: 'false', 'create-replicas': 'false' },
  achieves: { exitCode: 0, proofs: { westus: 'webhook', eastus: 'webhook' } },
}
export const PUSH: Job = {
  scenario: REPLICATED,
  inputs: { regions: 'westus, eastus', 'source-image': LOCAL, 'create-replicas': 'false' },
  achieves: { exitCode: 0, proofs: { westus: 'webhook', eastus: 'webhook' } },
}
export const MANAGE: Job = {
  scenario: {
    registry: { sku: 'Standard' },
    webhooks: [{ name: 'ofsomebody', location: 'westus', serviceUri: 'http://127.0.0.1:9/other' }],
  },
  inputs: {
    regions: 'westus, japaneast',
    'source-image': LOCAL,
    'upgrade-to-premium': 'true',
    'webhook-uri': HOOK,
  },
  achieves: { exitCode: 0, proofs: { westus: 'webhook', japaneast: 'webhook' }, replicas: ['japaneast'] },
}
export const PRUNE: Job = {
  scenario: REPLICATED,
  inputs: { regions: 'westus', push: 'false', 'enable-regional-endpoints': 'true', 'prune-replicas': 'true' },
  achieves: { exitCode: 0, proofs: { westus: 'regional-endpoint' }, replicas: [] },
}
export const FAILING: Job = {
  scenario: {
    creations: { japaneast: { replica: 'fails', error: { code: 'NoCapacity', message: 'Japan is full.' } } },
  },
  inputs: { regions: 'westus, japaneast', push: 'false' },
  achieves: { exitCode: 1, reason: true },
}

/** Does a job as somebody with these roles and no others. */
export async function runAs(
  roles: RoleAssignment[],
  { scenario, inputs }: Job,
  more: ScenarioInput = {},
): Promise<Achieved & { log: string }> {
  const azure = await startQuickAzure({ ...scenario, ...more, registry: { ...scenario.registry, ...more.registry } })
  try {
    if (inputs['push'] === 'false') await storeImage(azure, REPOSITORY, '1.2')
    azure.update(({ identity }) => (identity.roles = roles))
    const run = await runStep(azure, {
      inputs: {
        image: `${azure.ready.loginServer}/${REFERENCE}`,
        'resource-group': azure.ready.resourceGroup,
        timeout: '40s',
        ...inputs,
      },
    })
    return { ...achieved(run, azure), log: run.log }
  } finally {
    await azure.stop()
  }
}

function achieved({ exitCode, replicas, log }: StepRun, azure: Emulator): Achieved {
  return {
    exitCode,
    proofs: Object.fromEntries(replicas.map(({ region, proof }) => [region, proof])),
    replicas: ['eastus', 'japaneast'].filter(region => azure.truth.replica(region) !== undefined),
    reason: /Japan is full/.test(log),
  }
}
