/** Runs that GitHub gives less than others: for a pull request from a fork, or started by Dependabot. */
export type RunOrigin = 'fork' | 'dependabot'

/** What GitHub says of the run, by the names of its variables. */
export interface RunFacts {
  readonly eventName: string | undefined
  /** Who started the run first, and who started it again. */
  readonly actors: readonly (string | undefined)[]
  readonly repository: string | undefined
  /** The text of the event file; asked for only where it matters, and free to throw. */
  readonly readEvent: () => string
}

/** Events of pull requests that come without secrets from a fork; `pull_request_target` comes with them. */
const PULL_REQUEST = /^pull_request(?:_review|_review_comment)?$/
/** Events for which Dependabot's runs get Dependabot's secrets (GitHub, "Troubleshooting Dependabot on GitHub Actions"). */
const OF_DEPENDABOT = /^(?:pull_request(?:_review|_review_comment)?|push|create|deployment|deployment_status)$/

/** Where the run comes from, as far as GitHub withholds something from it; undefined for all others. */
export function runOrigin(facts: RunFacts): RunOrigin | undefined {
  const { eventName = '', actors } = facts
  if (PULL_REQUEST.test(eventName) && isFromFork(facts)) return 'fork'
  return OF_DEPENDABOT.test(eventName) && actors.includes('dependabot[bot]') ? 'dependabot' : undefined
}

/** What a run of this kind lacks and what to do about it, whatever the way to sign in. */
export const WITHHELD: Readonly<Record<RunOrigin, string>> = {
  fork:
    'This run is for a pull request from a fork: GitHub gives it neither secrets nor an OIDC token. Run this step after the merge (on: push), ' +
    'and leave it out here with if: github.event.pull_request.head.repo.fork != true.',
  dependabot:
    "This run was started by Dependabot: it gets Dependabot's secrets instead of those of Actions. Run this step after the merge, " +
    "leave it out here with if: github.actor != 'dependabot[bot]', or store what it lacks among Dependabot's secrets.",
}

/** Whether the head of the pull request is in another repository. That repository may be gone; and a fork has pull requests of its own. */
function isFromFork({ repository, readEvent }: RunFacts): boolean {
  const pullRequest = at(parsed(readEvent), 'pull_request')
  const head = at(pullRequest, 'head')
  if (head === undefined) return false
  const from = at(head, 'repo')
  if (from === null) return true
  const [theirs, ours] = [at(from, 'full_name'), at(at(at(pullRequest, 'base'), 'repo'), 'full_name') ?? repository]
  return typeof theirs === 'string' && typeof ours === 'string' ? theirs !== ours : at(from, 'fork') === true
}

/** The event is only there to word an error: whatever is wrong with the file, the run goes on without it. */
function parsed(read: () => string): unknown {
  try {
    return JSON.parse(read()) as unknown
  } catch {
    return undefined
  }
}

function at(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}
