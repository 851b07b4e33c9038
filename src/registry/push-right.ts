import { StepError } from '../base/errors.ts'
import { type Place } from './manifest.ts'
import { type RegistrySession } from './session.ts'

/**
 * Finds out whether the identity may push to a repository, before anything is pushed or paid for: an upload is opened and taken back, for
 * which nothing but the right to push is needed (distribution specification, "Pushing blobs"). What else goes wrong proves nothing.
 *
 * @throws StepError `auth` where a role is missing, `forbidden` where the firewall refuses
 */
export async function checkPushRight(session: RegistrySession, { host, repository }: Place): Promise<void> {
  const what = `Check of the right to push to ${repository} at ${host}`
  const scope = `repository:${repository}:pull,push`
  const opened = await session.request(
    what,
    { method: 'POST', host, path: `/v2/${repository}/blobs/uploads/` },
    scope,
    1,
  )
  if (opened.status === 403) throw session.failure(opened, what)
  const upload = uploadPath(opened.header('location'), host)
  if (opened.status !== 202 || upload === undefined) return
  // The registry forgets it anyway, later.
  await session.request(what, { method: 'DELETE', host, path: upload }, scope, 1).catch((error: unknown) => {
    if (!(error instanceof StepError)) throw error
  })
}

/** The path of an upload, relative or absolute; undefined when it is on another host. */
function uploadPath(location: string | undefined, host: string): string | undefined {
  if (location === undefined || !URL.canParse(location, `https://${host}`)) return undefined
  const url = new URL(location, `https://${host}`)
  return url.host === host ? `${url.pathname}${url.search}` : undefined
}
