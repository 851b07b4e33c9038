import { CODES } from '../../src/azure/entra-failure.ts'
import { STATUSES, TRANSIENT_CODES } from '../../src/base/http-failure.ts'
import { ROWS } from '../../src/docker/diagnosis.ts'
import { code, table } from './markdown.ts'

/** The tables by which the code tells errors apart, as they stand in the code. */
export function classification(): string[] {
  return [
    '### Answers of ARM, Entra and the registry',
    table(
      ['Status', 'Kind', 'Source'],
      STATUSES.map(([status, kind, source]) => [code(status.source), kind, source]),
    ),
    'The code `TooManyRequests` is `throttled` whatever its status. Any other status is `invalid`.',
    '### No answer',
    `\`transient\` (errno names of Node.js, and codes of the Azure SDK's HTTP pipeline): ${[...TRANSIENT_CODES].map(code).join(', ')}. A name that does not resolve is \`not-found\`; a certificate that cannot be verified is \`invalid\`.`,
    '### Entra ID',
    'Source: learn.microsoft.com, "Microsoft Entra authentication and authorization error codes". Every other code goes by its status.',
    table(
      ['Code', 'Kind'],
      Object.entries(CODES).map(([name, [kind]]) => [code(name), kind]),
    ),
    '### docker',
    'From top to bottom; the first pattern that any line of the output matches decides.',
    table(
      ['Output', 'Kind', 'Source'],
      ROWS.map(([pattern, kind, , source]) => [code(pattern.source), kind, source]),
    ),
  ]
}
