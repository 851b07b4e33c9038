import { type Emulator } from '../../emulator/index.ts'
import { REPOSITORY } from '../support/step/push-image.ts'
import { type StepRun } from '../support/step/run-step.ts'

/**
 * What a run claims and Azure knows better: a region called ready that lacks a part of the image, whose tag leads elsewhere or whose replica is
 * not Ready, and a green that leaves a region out. Empty = the run told the truth.
 */
export function falseClaims(azure: Emulator, run: StepRun, waitFor = 'auto'): string[] {
  const digest = run.outputs['digest'] ?? ''
  const claims: string[] = []
  for (const { region, ready, proof, home } of run.replicas) {
    if (!ready) {
      if (run.outputs['ready'] === 'true') claims.push(`ready is true, though ${region} is not`)
      continue
    }
    const replica = azure.truth.replica(region)
    const provisioned = replica?.provisioningState === 'Succeeded' && replica.displayStatus === 'Ready'
    if (waitFor !== 'image' && !provisioned && !(home && replica === undefined))
      claims.push(`${region} is called ready, but its replica is ${JSON.stringify(replica)}`)
    if (proof === 'none') continue
    if (!azure.truth.serves(region, REPOSITORY, digest)) claims.push(`${region} does not serve ${digest}`)
    const tag = azure.truth.tag(region, REPOSITORY, '1.2')
    if (tag !== digest) claims.push(`in ${region} the tag leads to ${tag}, not to ${digest}`)
  }
  if (run.exitCode === 0 && run.outputs['dry-run-plan'] === undefined && run.outputs['ready'] !== 'true')
    claims.push(`green, but ready is ${run.outputs['ready']}`)
  return claims
}
