import { armFailure } from '../../../src/azure/arm-failure.ts'
import { type Arm } from '../../../src/azure/client.ts'
import { type Registry } from '../../../src/azure/registry.ts'
import { type Clock } from '../../../src/base/clock.ts'
import { retry } from '../../../src/base/retry.ts'
import { type Trouble } from './schedule.ts'
import { mishapOf } from './troubles.ts'
import { LOGIN_SERVER, type LoggedEvent, type RegionWorld, type World } from './world.ts'

export const REGISTRY: Registry = {
  subscriptionId: 's',
  resourceGroup: 'shared',
  name: 'contoso',
  sku: 'Premium',
  homeRegion: 'japaneast',
  loginServer: LOGIN_SERVER,
  roleAssignmentMode: 'rbac',
  armTokensAllowed: true,
}

/** Events come in pages of this many. */
const PAGE = 3
const SLOWEST_ARM_MS = 1000

/** Azure Resource Manager of a world: replicas, names of regional endpoints, and events of webhooks (named as their region). */
export function createWorldArm(world: World, clock: Clock, signal: AbortSignal): Arm {
  const url = (path: string) => `https://management.azure.com${path}`
  const regionNamed = (name: string): RegionWorld => {
    const region = world.regions.find(one => one.name === name)
    if (region === undefined) throw new Error(`ARM has no ${name}`)
    return region
  }
  const answer = async (latency: number): Promise<number> => {
    if (latency > 0) await clock.sleep(Math.min(latency, SLOWEST_ARM_MS), signal)
    const now = clock.now()
    const trouble = world.armTroubleAt(now)
    if (trouble !== undefined) throw restError(trouble)
    return now
  }
  const call: Arm['call'] = (what, operation, attempts = 5) =>
    retry(
      what,
      () =>
        operation({ abortSignal: signal }).catch((error: unknown) => {
          signal.throwIfAborted()
          throw armFailure(error, what, clock.now())
        }),
      { clock, signal, attempts, random: () => 0.5, onRetry: () => undefined },
    )
  const replications = {
    async get(_group: string, _registry: string, name: string) {
      const region = regionNamed(name)
      const replica = region.replicaAt(await answer(region.plan.latency))
      if ('trouble' in replica) throw restError(replica.trouble)
      const { provisioningState, displayStatus } = replica
      return { provisioningState, ...(displayStatus === undefined ? {} : { status: { displayStatus } }) }
    },
  }

  // What the gate and its proofs use of it.
  const part: Partial<Arm> = {
    subscriptionId: REGISTRY.subscriptionId,
    sdk: { replications } as unknown as Arm['sdk'],
    url,
    call,
    whileBusy: (_what, change) => change(),
    request: (what, _method, target, _body, attempts) => {
      const operation = async () => {
        const [, webhook, page = '0'] = /webhooks\/(\w+)\/listEvents(?:\?page=(\d+))?/.exec(target) ?? []
        if (webhook === undefined) return endpoints(world, await answer(0))
        const region = regionNamed(webhook)
        return eventsPage(region, await answer(region.plan.latency), Number(page), world, url)
      }
      return call(what, operation, attempts)
    },
  }
  return part as Arm
}

function endpoints({ schedule, regions }: World, now: number): object {
  const named = regions.filter(region => region.hasHost(now))
  return {
    properties: {
      regionalEndpoints: schedule.endpoints === 'enabled' ? 'Enabled' : 'Disabled',
      regionalEndpointHostNames: named.map(({ host }) => host),
    },
  }
}

function eventsPage(
  { name, events = [] }: RegionWorld,
  now: number,
  page: number,
  world: World,
  url: (path: string) => string,
): object {
  const listed = events
    .filter(({ listedAt }) => listedAt <= now)
    .flatMap(event => (event.twice ? [event, event] : [event]))
  const next = (page + 1) * PAGE
  return {
    value: listed.slice(page * PAGE, next).map(event => eventBody(event, world)),
    ...(next < listed.length ? { nextLink: url(`/webhooks/${name}/listEvents?page=${page + 1}`) } : {}),
  }
}

function eventBody({ id, action, digest, reference, listedAt }: LoggedEvent, { references }: World): object {
  const { repository, tag } = references[reference] ?? references[0]
  const timestamp = new Date(listedAt).toISOString()
  return { id, eventRequestMessage: { content: { id, timestamp, action, target: { digest, repository, tag } } } }
}

/** As an error of the SDK looks. */
function restError(trouble: 'gone' | Trouble): Error {
  if (trouble === 'gone') return statusError(404, 'ResourceNotFound', new Map())
  const mishap = mishapOf(trouble)
  if ('error' in mishap) return mishap.error
  return statusError(mishap.status, trouble, mishap.headers)
}

function statusError(statusCode: number, code: string, headers: ReadonlyMap<string, string>): Error {
  const response = { headers: { get: (name: string) => headers.get(name) } }
  return Object.assign(new Error(`ARM says ${code}`), { statusCode, code, response })
}
