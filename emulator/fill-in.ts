import { defaultRegistry, defaultScenario } from './default-scenario.ts'
import { type Scenario, type ScenarioInput } from './scenario.ts'

/** The scenario with everything left out filled in. Lists replace lists; objects are merged. */
export function fillIn(input: ScenarioInput = {}): Scenario {
  const { registry, otherRegistries = [], ...rest } = input
  // Replicas and regional endpoints are for Premium registries only.
  const lesser = registry?.sku !== undefined && registry.sku !== 'Premium'
  const scenario = merge(defaultScenario(), { ...(lesser ? { replicas: [] } : {}), ...rest })
  const own = {
    ...(lesser ? { regionalEndpoints: 'Disabled' } : {}),
    ...registry,
    label: registry?.label ?? (registry?.name ?? 'contoso').toLowerCase(),
  }
  return {
    ...scenario,
    registry: merge(defaultRegistry('contoso'), own),
    otherRegistries: otherRegistries.map(other => merge(defaultRegistry(other?.name ?? 'other'), other)),
  }
}

/** Merges parts into a scenario as it stands; the objects in it stay the same ones, since others hold on to them. */
export function mergeInto(target: object, given: Record<string, unknown>): void {
  const open = target as Record<string, unknown>
  for (const [key, value] of Object.entries(given)) {
    const there = open[key]
    if (isPlain(there) && isPlain(value)) mergeInto(there, value)
    else open[key] = structuredClone(value)
  }
}

function merge<T>(base: T, given: unknown): T {
  if (given === undefined) return base
  if (!isPlain(base) || !isPlain(given)) return structuredClone(given) as T
  const keys = new Set([...Object.keys(base), ...Object.keys(given)])
  return Object.fromEntries([...keys].map(key => [key, merge(base[key], given[key])])) as T
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
