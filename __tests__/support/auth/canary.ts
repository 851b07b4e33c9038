import { randomBytes } from 'node:crypto'
import { type RunResult } from '../runner.ts'

/** A secret that is found wherever it goes. */
export function canary(kind: string): string {
  return `canary-${kind}-${randomBytes(12).toString('hex')}`
}

/** Every token here is a JWT. */
const TOKEN = /eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}/
/** What makes the address of an operation a signed one. */
const SIGNATURE = /[?&][csh]=[\w-]{20,}/

/** Everything a run leaves for people to see, by place. `stdout` and `stderr` are as the process wrote them, before any masking. */
export function placesOf(run: RunResult): Record<string, string> {
  const withoutMasks = (text: string) =>
    text
      .split('\n')
      .filter(line => !line.startsWith('::add-mask::'))
      .join('\n')
  return {
    log: run.log,
    stdout: withoutMasks(run.stdout),
    stderr: run.stderr,
    post: `${run.post?.stdout}${run.post?.stderr}`,
    summary: run.summary,
    outputs: JSON.stringify(run.outputs),
    state: JSON.stringify(run.state),
    annotations: JSON.stringify(run.annotations),
    leftovers: run.leftovers.join('\n'),
  }
}

/** Where a secret, a token or a signature shows: `PLACE: LINE`. */
export function leaksIn(places: Readonly<Record<string, string>>, secrets: readonly string[]): string[] {
  const forms = secrets.flatMap(secret => [
    secret,
    encodeURIComponent(secret),
    Buffer.from(secret).toString('base64').replace(/=+$/, ''),
  ])
  const shows = (line: string) => forms.some(form => line.includes(form)) || TOKEN.test(line) || SIGNATURE.test(line)
  return Object.entries(places).flatMap(([place, text]) =>
    text
      .split('\n')
      .filter(shows)
      .map(line => `${place}: ${line}`),
  )
}
