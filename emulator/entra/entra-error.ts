import { randomUUID } from 'node:crypto'
import { type Answer, json } from '../http/answer.ts'

/** An error in the shape of Entra ID's token endpoint: OAuth code, AADSTS number and text, trace and correlation ids. */
export function entraError(status: number, error: string, number: number, text: string): Answer {
  const trace = randomUUID()
  const correlation = randomUUID()
  const timestamp = new Date().toISOString().replace('T', ' ').replace(/\..*/, 'Z')
  return json(status, {
    error,
    error_description: `AADSTS${number}: ${text} Trace ID: ${trace} Correlation ID: ${correlation} Timestamp: ${timestamp}`,
    error_codes: [number],
    timestamp,
    trace_id: trace,
    correlation_id: correlation,
    error_uri: `https://login.microsoftonline.com/error?code=${number}`,
  })
}
