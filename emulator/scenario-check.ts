import { isRegion } from './arm/regions.ts'
import { type ScenarioInput } from './scenario.ts'
import { shape, type Shape } from './scenario-shape.ts'

/** Throws one error that lists everything in a scenario this emulator doesn't know or can't use, each with its path. */
export function checkScenario(input: ScenarioInput): void {
  const complaints = complain(input, shape, 'scenario')
  if (complaints.length > 0) throw new Error(`invalid scenario:\n${complaints.map(line => `  ${line}`).join('\n')}`)
}

function complain(value: unknown, shape: Shape, path: string): string[] {
  if (value === undefined || shape === 'anything') return []
  if (shape === 'pattern') return isPattern(value) ? [] : [wrong(path, value, 'a regular expression')]
  if (shape === 'region')
    return typeof value === 'string' && isRegion(value) ? [] : [wrong(path, value, 'the short name of a region')]
  if (shape === 'domain')
    return typeof value === 'string' && isDomain.test(value) ? [] : [wrong(path, value, 'a domain in lower case')]
  if (shape === 'host') return value === 'login' ? [] : complain(value, 'region', path)
  if (typeof shape === 'string')
    return typeof value === shape ? numberComplaint(value, path) : [wrong(path, value, `a ${shape}`)]
  if ('oneOf' in shape)
    return shape.oneOf.includes(value as string) ? [] : [wrong(path, value, `one of ${shape.oneOf.join(', ')}`)]
  if ('listOf' in shape) {
    if (!Array.isArray(value)) return [wrong(path, value, 'a list')]
    return value.flatMap((item, index) => complain(item, shape.listOf, `${path}[${index}]`))
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [wrong(path, value, 'an object')]
  return Object.entries(value).flatMap(([key, item]) => {
    const at = `${path}.${key}`
    if ('mapOf' in shape)
      return shape.keys?.(key) === false ? [`${at} is not a region`] : complain(item, shape.mapOf, at)
    const inner = shape.fields[key]
    return inner === undefined ? [unknown(at, key, Object.keys(shape.fields))] : complain(item, inner, at)
  })
}

const isDomain = /^[a-z0-9]+(?:-+[a-z0-9]+)*(?:\.[a-z0-9]+(?:-+[a-z0-9]+)*)*$/

function isPattern(value: unknown): boolean {
  try {
    return typeof value === 'string' && new RegExp(value) instanceof RegExp
  } catch {
    return false
  }
}

/** Nothing in a scenario counts backwards. */
function numberComplaint(value: unknown, path: string): string[] {
  return typeof value === 'number' && !(value >= 0) ? [wrong(path, value, 'a number, zero or more')] : []
}

function wrong(path: string, value: unknown, expected: string): string {
  return `${path} must be ${expected}, not ${JSON.stringify(value)}`
}

function unknown(path: string, key: string, known: string[]): string {
  const near = known.find(
    name => name.toLowerCase() === key.toLowerCase() || name.startsWith(key) || key.startsWith(name),
  )
  return `${path} is not known${near === undefined ? `; known are ${known.join(', ')}` : `; did you mean ${near}?`}`
}
