import { type Answer, json } from '../http/answer.ts'
import { type ArmCall, type ArmContext } from './arm-context.ts'

/** A list in ARM's shape, in pages of the scenario's size: `{ value, nextLink }`. */
export function pageOf({ scenario }: ArmContext, call: ArmCall, value: unknown[]): Answer {
  const start = Number(call.url.searchParams.get('$skiptoken') ?? 0)
  const end = start + scenario.arm.pageSize
  if (value.length <= end) return json(200, { value: value.slice(start) })
  const next = new URL(call.url)
  next.searchParams.set('$skiptoken', String(end))
  return json(200, { value: value.slice(start, end), nextLink: next.href })
}
