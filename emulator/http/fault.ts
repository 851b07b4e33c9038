/** A fault: when a request matches, something goes wrong with it. */
export interface Fault {
  /** Only requests that fit every given field; `host` and `path` (with its query) are regular expressions. */
  match: {
    service?: Service
    method?: string
    host?: string
    path?: string
    region?: string
  }
  /** Let this many matching requests pass first. */
  skip?: number
  /** Act on this many, then never again; absent = for ever. */
  count?: number
  /** Act on every so manyth only: 2 is every second one. */
  every?: number
  /** Chance for each matching request, 0…1. */
  probability?: number
  action: FaultAction
}

/**
 * What goes wrong. Parts combine: `{ "stall": 2, "status": 503 }` waits, then answers 503. With `after: true` the request takes effect first and
 * only its answer is lost or replaced.
 */
export interface FaultAction {
  /** Take effect first. */
  after?: boolean
  /** Wait this long, seconds, before going on. */
  stall?: number
  /** Never answer; the connection stays open. */
  hang?: boolean
  /** TCP reset. */
  reset?: boolean
  /** Close the connection without an answer. */
  close?: boolean
  /** Send the head and half of the body, then reset. */
  truncate?: boolean
  /** Send the head of the answer, and a body that goes on as long as somebody reads it. */
  endless?: boolean
  /** Answer with this status … */
  status?: number
  /** … these headers (without `status`: added to the real answer; null takes one out) … */
  headers?: Record<string, string | null>
  /** … and this body; a string is sent as it is, anything else as JSON. */
  body?: unknown
}

export type Service = 'entra' | 'arm' | 'registry' | 'github'
