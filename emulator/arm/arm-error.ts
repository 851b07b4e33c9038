import { type Answer, json } from '../http/answer.ts'

/** Thrown by a handler to answer an error; carries the answer. */
export class Refused extends Error {
  readonly answer: Answer

  constructor(answer: Answer) {
    super(`${answer.status}`)
    this.answer = answer
  }
}

/** An error in ARM's shape: `{ error: { code, message } }`. */
export function armError(status: number, code: string, message: string, headers: Record<string, string> = {}): Refused {
  return new Refused(json(status, { error: { code, message } }, { 'x-ms-failure-cause': 'gateway', ...headers }))
}

/** 404 of a resource, in ARM's words. `type` as in `Microsoft.ContainerRegistry/registries`. */
export function notFound(type: string, name: string, resourceGroup: string): Refused {
  return armError(
    404,
    'ResourceNotFound',
    `The Resource '${type}/${name}' under resource group '${resourceGroup}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`,
  )
}
