import { context, getOctokit } from '@actions/github'
import { messageOf } from '../base/errors.ts'
import { type Entry } from '../journal.ts'
import { printable } from './printable.ts'

/** Longest description GitHub takes. */
const LONGEST = 140
/** A status is set within this time, in milliseconds. */
const LIMIT_MS = 10_000

interface Status {
  readonly region: string
  readonly state: 'success' | 'failure' | 'pending'
  readonly description: string
}

export interface CommitStatuses {
  /** Hears the journal: a planned region is pending, a settled one a success or a failure. */
  readonly view: (entry: Entry) => void
  /** Waits for what is under way, `limitMs` milliseconds at most. Failures are warnings: they decide nothing. */
  done(limitMs: number): Promise<void>
}

/** One commit status per region (`acr-geo-push / japaneast`), so that branch and release rules can require it. */
export function createCommitStatuses(token: string, warn: (message: string) => void): CommitStatuses {
  const octokit = getOctokit(token)
  const { owner, repo } = context.repo
  const pull = context.payload.pull_request as { head?: { sha?: string } } | undefined
  const sha = pull?.head?.sha ?? context.sha
  const target_url = `${context.serverUrl}/${owner}/${repo}/actions/runs/${context.runId}`
  const end = new AbortController()
  let pending = new AbortController()
  let last: Promise<unknown> = Promise.resolve()
  let warned = false

  const set = async ({ region, state, description }: Status, signal: AbortSignal): Promise<void> => {
    try {
      await octokit.rest.repos.createCommitStatus({
        owner,
        repo,
        sha,
        state,
        target_url,
        context: `acr-geo-push / ${region}`,
        description: printable(description).slice(0, LONGEST),
        request: { signal: AbortSignal.any([signal, end.signal, AbortSignal.timeout(LIMIT_MS)]) },
      })
    } catch (error) {
      // One that is overtaken by the next is no loss.
      if (signal.aborted) return
      if (!warned) {
        warn(`The commit status could not be set: ${messageOf(error)}. The job needs 'permissions: statuses: write'.`)
      }
      warned = true
    }
  }
  /** In order: a late "pending" must not follow a "success". */
  const setAll = (statuses: readonly Status[]): void => {
    pending.abort()
    pending = new AbortController()
    const { signal } = pending
    last = last.then(() => Promise.all(statuses.map(status => set(status, signal))))
  }

  return {
    view(entry) {
      if (entry.type === 'planned') {
        setAll(
          entry.plan.regions.map(({ region, state }) => ({
            region,
            state: 'pending',
            description: `replica: ${state}`,
          })),
        )
      } else if (entry.type === 'regions-settled') {
        setAll(
          entry.regions.map(({ region, ready, proof, detail }) =>
            ready
              ? { region, state: 'success', description: `ready (proof: ${proof})` }
              : { region, state: 'failure', description: detail },
          ),
        )
      }
    },
    async done(limitMs) {
      const limit = setTimeout(() => end.abort(), limitMs)
      await last
      clearTimeout(limit)
    },
  }
}
