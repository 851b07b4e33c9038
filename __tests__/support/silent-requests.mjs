/** Preloaded into the step: Resource Manager begins to answer and then never says a word again, not even that the connection was closed. */
import { EventEmitter } from 'node:events'
import { createRequire, syncBuiltinESMExports } from 'node:module'
import { Readable } from 'node:stream'

const https = createRequire(import.meta.url)('node:https')
const real = https.request

function silent(answered) {
  const answer = Object.assign(new Readable({ read: () => undefined }), {
    statusCode: 200,
    headers: { 'content-type': 'application/json' },
  })
  answer.destroy = () => answer
  const request = Object.assign(new EventEmitter(), {
    write: () => true,
    destroy: () => request,
    setTimeout: () => request,
  })
  request.end = () => setImmediate(() => answered(answer))
  return request
}

https.request = (...args) => {
  const [options, answered] = args
  return String(options.path).startsWith('/subscriptions/') ? silent(answered) : real(...args)
}
syncBuiltinESMExports()
