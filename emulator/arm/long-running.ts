import { type Answer, empty, json } from '../http/answer.ts'
import { type ArmCall, type ArmContext } from './arm-context.ts'
import { armError } from './arm-error.ts'
import { type Operation } from './operations.ts'

/** Headers of an answer that starts an operation: `Azure-AsyncOperation`, and Retry-After only where the scenario has one. */
export function asyncHeaders(context: ArmContext, call: ArmCall, path: string): Record<string, string> {
  return { 'azure-asyncoperation': address(context, call, path), ...retryAfter(context) }
}

/** Headers of a delete's 202: `Location`. */
export function locationHeaders(context: ArmContext, call: ArmCall, path: string): Record<string, string> {
  return { location: address(context, call, path), ...retryAfter(context) }
}

/** GET …/operationStatuses/{id}: 200 and the bare status. */
export function pollStatus(context: ArmContext, call: ArmCall, id: string): Answer {
  const { progress } = find(context, call, id)
  return json(200, progress, asyncHeaders(context, call, call.url.pathname))
}

/** GET …/operationResults/{id}: 202 until it is over, then 200 without a body. */
export function pollResult(context: ArmContext, call: ArmCall, id: string): Answer {
  const { progress } = find(context, call, id)
  if (progress.status === 'Succeeded') return empty(200)
  if (progress.status === 'Failed')
    throw armError(409, progress.error?.code ?? 'Conflict', progress.error?.message ?? 'The operation failed.')
  return empty(202, locationHeaders(context, call, call.url.pathname))
}

function find({ operations }: ArmContext, call: ArmCall, id: string): Operation {
  if (!operations.isSigned(call.url))
    throw armError(403, 'InvalidOperationUrl', 'The signature of the operation address is not valid.')
  const operation = operations.find(id)
  if (!operation) throw armError(404, 'NotFound', `The operation '${id}' was not found.`)
  return operation
}

function address({ operations }: ArmContext, call: ArmCall, path: string): string {
  return `https://${call.host}${operations.sign(path, call.version)}`
}

function retryAfter({ scenario }: ArmContext): Record<string, string> {
  const { retryAfter: seconds } = scenario.arm
  return seconds === undefined ? {} : { 'retry-after': String(seconds) }
}
