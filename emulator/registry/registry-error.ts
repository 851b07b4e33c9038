import { randomUUID } from 'node:crypto'
import { type Answer, json } from '../http/answer.ts'

/** Codes of the distribution specification, with the status a registry sends them with. */
const statuses = {
  UNAUTHORIZED: 401,
  DENIED: 403,
  BLOB_UNKNOWN: 404,
  BLOB_UPLOAD_UNKNOWN: 404,
  BLOB_UPLOAD_INVALID: 416,
  DIGEST_INVALID: 400,
  MANIFEST_BLOB_UNKNOWN: 400,
  MANIFEST_INVALID: 400,
  MANIFEST_UNKNOWN: 404,
  NAME_INVALID: 400,
  NAME_UNKNOWN: 404,
  SIZE_INVALID: 413,
  TAG_INVALID: 400,
  UNSUPPORTED: 405,
} as const

export type RegistryErrorCode = keyof typeof statuses

/** An error in the distribution's shape: `{ errors: [{ code, message, detail }] }`. */
export function registryError(
  code: RegistryErrorCode,
  message: string,
  detail?: unknown,
  headers: Record<string, string> = {},
): Answer {
  const correlation = randomUUID()
  return json(
    statuses[code],
    { errors: [{ code, message, ...(detail === undefined ? {} : { detail }) }] },
    { ...commonHeaders(correlation), ...headers },
  )
}

/** What every answer of ACR carries. */
export function commonHeaders(correlation: string = randomUUID()): Record<string, string> {
  return {
    'docker-distribution-api-version': 'registry/2.0',
    'x-ms-correlation-request-id': correlation,
    'strict-transport-security': 'max-age=31536000; includeSubDomains',
  }
}
