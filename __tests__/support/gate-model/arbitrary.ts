import fc from 'fast-check'
import { WAIT_FOR } from '../../../src/verdict.ts'
import { IMAGES } from './images.ts'
import {
  type EventPlan,
  type RegionPlan,
  type ReplicaAnswer,
  type Schedule,
  type TagTarget,
  type Trouble,
} from './schedule.ts'

/** A counterexample shrinks to the first, simplest choice. */
const SIMPLER = { withCrossShrink: true }

/** Most things happen early, so that most runs see them. In thousandths of the timeout. */
const moment = fc.oneof(
  SIMPLER,
  { weight: 8, arbitrary: fc.constant(0) },
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 250 }) },
  { weight: 1, arbitrary: fc.integer({ min: 250, max: 1050 }) },
)
const duration = fc.oneof(
  SIMPLER,
  { weight: 9, arbitrary: fc.constantFrom(100, 400, 2_500, 6_000, 20_000) },
  { weight: 1, arbitrary: fc.constantFrom(150_000, Number.POSITIVE_INFINITY) },
)

const spell = { at: moment, forMs: duration }

const trouble: fc.Arbitrary<Trouble> = fc.constantFrom(
  'throttled',
  'broken',
  'unavailable',
  'reset',
  'strange',
  'nxdomain',
  'firewall',
  'unauthorized',
  'certificate',
)
const passingTrouble: fc.Arbitrary<Trouble> = fc.constantFrom('throttled', 'broken', 'unavailable', 'reset', 'strange')

const replicaAnswer: fc.Arbitrary<ReplicaAnswer> = fc.oneof(
  SIMPLER,
  fc.constantFrom<ReplicaAnswer>(
    { provisioningState: 'Succeeded', displayStatus: 'Syncing' },
    { provisioningState: 'Succeeded' },
    { provisioningState: 'Succeeded', displayStatus: 'Ready to sync' },
    { provisioningState: 'Updating', displayStatus: 'Ready' },
    { provisioningState: 'Creating', displayStatus: 'Ready' },
    { provisioningState: 'Failed', displayStatus: 'Ready' },
    { provisioningState: 'Canceled' },
    { provisioningState: 'Deleting', displayStatus: 'Ready' },
    { provisioningState: '', displayStatus: 'Ready' },
    { provisioningState: 'Migrating', displayStatus: 'Ready' },
    { trouble: 'gone' },
  ),
  trouble.map(found => ({ trouble: found })),
)

const target: fc.Arbitrary<TagTarget> = fc.constantFrom('nothing', 'old', 'child', 'stranger', 'ours', 'no digest')

/** Most events come with this push, some came before it. */
const oftenLater = fc.oneof(
  SIMPLER,
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 300 }) },
  { weight: 1, arbitrary: fc.integer({ min: -50, max: 0 }) },
)

const event = fc.record({
  at: oftenLater,
  of: fc.oneof(
    SIMPLER,
    { weight: 4, arbitrary: fc.constant('ours' as const) },
    { weight: 1, arbitrary: fc.constantFrom('old' as const, 'stranger' as const, 'child' as const) },
  ),
  action: fc.oneof(
    SIMPLER,
    { weight: 6, arbitrary: fc.constant('push' as const) },
    { weight: 1, arbitrary: fc.constant('delete' as const) },
  ),
  reference: fc.nat(2),
  twice: fc.boolean(),
})

/** Often nothing, seldom much: a region with too many mishaps never becomes ready. */
const few = <T>(item: fc.Arbitrary<T>, maxLength: number): fc.Arbitrary<T[]> =>
  fc.oneof(
    SIMPLER,
    { weight: 3, arbitrary: fc.constant<T[]>([]) },
    { weight: 2, arbitrary: fc.array(item, { minLength: 1, maxLength: 1 }) },
    { weight: 1, arbitrary: fc.array(item, { minLength: 1, maxLength }) },
  )

/** A webhook that hears of every reference, sooner or later, and of other things. */
const events = fc
  .tuple(fc.array(oftenLater, { minLength: 1, maxLength: 3 }), few(event, 4))
  .map(([times, others]): EventPlan[] => [
    ...times.map((at, reference) => ({ at, of: 'ours' as const, action: 'push' as const, reference, twice: false })),
    ...others,
  ])

const never = <T>(usual: fc.Arbitrary<T>, weight: number): fc.Arbitrary<T | undefined> =>
  fc.oneof(SIMPLER, { weight, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: usual })

const region: fc.Arbitrary<RegionPlan> = fc.record({
  isNew: fc.boolean(),
  readyAt: moment,
  replica: few(fc.record({ ...spell, answer: replicaAnswer }), 3),
  hostAt: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: moment }),
  arrivals: fc.array(moment, { minLength: 1, maxLength: 4 }),
  losses: few(fc.record({ ...spell, part: fc.nat(40), damaged: fc.boolean() }), 3),
  tagsAt: moment,
  tagsBefore: target,
  flips: few(fc.record({ ...spell, reference: fc.nat(2), to: target }), 3),
  proxies: never(fc.record(spell), 4).map(proxy => (proxy === undefined ? [] : [proxy])),
  outages: few(fc.record({ ...spell, trouble }), 2),
  hiccups: few(fc.record({ request: fc.nat(60), trouble: passingTrouble }), 3),
  events: never(events, 1),
  latency: fc.constant(0),
})

const regions = fc.oneof(
  SIMPLER,
  { weight: 2, arbitrary: fc.array(region, { minLength: 1, maxLength: 3 }) },
  {
    weight: 1,
    arbitrary: fc
      .array(fc.tuple(region, fc.constantFrom(0, 40, 700)), { minLength: 1, maxLength: 3 })
      .map(slow => slow.map(([plan, latency]) => ({ ...plan, latency }))),
  },
)

export const anySchedule: fc.Arbitrary<Schedule> = fc.record({
  waitFor: fc.constantFrom(...WAIT_FOR, 'image', 'auto'),
  timeoutMs: fc.constantFrom(20_000, 120_000, 20_000, 600_000),
  image: fc.nat(IMAGES.length - 1),
  references: fc.integer({ min: 1, max: 3 }),
  pushes: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
  pushedAt: moment,
  pushFails: fc.oneof({ weight: 30, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  cancelledAt: never(moment, 20),
  endpoints: fc.oneof(
    SIMPLER,
    { weight: 5, arbitrary: fc.constant('enabled' as const) },
    { weight: 1, arbitrary: fc.constant('disabled' as const) },
  ),
  home: fc.constantFrom('none', 'replica', 'without replica'),
  arm: few(fc.record({ ...spell, trouble }), 2),
  regions,
})
