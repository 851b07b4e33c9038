import { type Call } from './call.ts'
import { type Fault, type FaultAction } from './fault.ts'

/** Decides which fault hits a request, and keeps count. */
export class FaultBox {
  readonly #faults: () => Fault[]
  readonly #random: () => number
  readonly #seen = new WeakMap<Fault, { matched: number; acted: number }>()

  constructor(faults: () => Fault[], random: () => number) {
    this.#faults = faults
    this.#random = random
  }

  /** The action of the first fault that is due for this request. */
  pick(call: Call): FaultAction | undefined {
    return this.#faults().find(fault => matches(fault, call) && this.#due(fault))?.action
  }

  #due(fault: Fault): boolean {
    const tally = this.#seen.get(fault) ?? { matched: 0, acted: 0 }
    this.#seen.set(fault, tally)
    tally.matched++
    if (tally.matched <= (fault.skip ?? 0)) return false
    if ((tally.matched - (fault.skip ?? 0)) % (fault.every ?? 1) !== 0) return false
    if (tally.acted >= (fault.count ?? Infinity)) return false
    if (this.#random() >= (fault.probability ?? 1)) return false
    tally.acted++
    return true
  }
}

function matches({ match }: Fault, call: Call): boolean {
  return (
    (match.service === undefined || match.service === call.service) &&
    (match.method === undefined || match.method.toUpperCase() === call.method) &&
    (match.region === undefined || match.region === call.region) &&
    (match.host === undefined || new RegExp(match.host, 'i').test(call.host)) &&
    (match.path === undefined || new RegExp(match.path).test(call.url.pathname + call.url.search))
  )
}
