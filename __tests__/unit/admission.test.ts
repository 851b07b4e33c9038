import { describe, expect, test } from '@jest/globals'
import { type AdmissionOptions, admit } from '../../src/admission.ts'
import { StepError } from '../../src/base/errors.ts'
import { REFUSED } from '../../src/base/patience.ts'
import { answerFailure } from '../../src/registry/failure.ts'
import { type Answer, type RegistryRequest } from '../../src/registry/http.ts'
import { type RegistrySession } from '../../src/registry/session.ts'
import { LOGIN_SERVER, rejection } from './fixtures.ts'

const refused = () => new StepError('auth', 'no role', { code: REFUSED })
const reply = (status: number, location?: string): Answer => ({
  status,
  body: '',
  header: name => (name === 'location' ? location : undefined),
})
type Respond = (request: RegistryRequest, scope: string) => Answer

/** Lets an identity in, or not, and tells what it was asked. */
function registry(respond: Respond, signIn: () => void = () => undefined) {
  const asked: string[] = []
  const patient: string[] = []
  const session: RegistrySession = {
    async refreshToken(host) {
      asked.push(`token for ${host}`)
      signIn()
      return 'refresh'
    },
    async request(_what, request, scope) {
      asked.push(`${request.method} ${request.host}${request.path} for ${scope}`)
      return respond(request, scope)
    },
    forget: () => undefined,
    failure: (answer, what) => answerFailure(answer, what, 0, ''),
  }
  const end = new AbortController()
  const ask = (more: Partial<AdmissionOptions> = {}) =>
    admit({
      references: [{ host: undefined, repository: 'web', tag: '1' }],
      host: LOGIN_SERVER,
      pushes: true,
      session,
      patience: async (what, work) => {
        patient.push(what)
        return work()
      },
      signal: end.signal,
      ...more,
    })
  return { asked, patient, ask, end }
}

const SCOPE = 'repository:web:pull,push'

describe('an identity that is to push', () => {
  test.each([
    ['relative', '/v2/web/blobs/uploads/7?state=x'],
    ['absolute', `https://${LOGIN_SERVER}/v2/web/blobs/uploads/7?state=x`],
  ])('may open an upload, which is taken back (%s location)', async (_, location) => {
    const { asked, patient, ask } = registry(({ method }) => reply(method === 'POST' ? 202 : 204, location))
    await ask()
    expect(asked).toEqual([
      `token for ${LOGIN_SERVER}`,
      `POST ${LOGIN_SERVER}/v2/web/blobs/uploads/ for ${SCOPE}`,
      `DELETE ${LOGIN_SERVER}/v2/web/blobs/uploads/7?state=x for ${SCOPE}`,
    ])
    expect(patient).toEqual([`Sign-in to ${LOGIN_SERVER}`])
  })

  test('is asked once per repository', async () => {
    const { asked, ask } = registry(() => reply(404))
    const tags = ['web:1', 'web:2', 'shop:1'].map(name => name.split(':'))
    const [first, ...rest] = tags.map(([repository = '', tag = '']) => ({ host: undefined, repository, tag }))
    if (first !== undefined) await ask({ references: [first, ...rest] })
    expect(asked.filter(line => line.startsWith('POST'))).toHaveLength(2)
  })

  test.each<[string, Respond]>([
    ['has no upload to open', () => reply(404)],
    ['gives no place for it', () => reply(202)],
    ['has it elsewhere', () => reply(202, 'https://elsewhere.example/v2/web/blobs/uploads/7')],
    ['has it nowhere', () => reply(202, 'https://:0:')],
    [
      'does not take it back',
      ({ method }) => {
        if (method === 'POST') return reply(202, '/v2/web/blobs/uploads/7')
        throw new StepError('auth', 'no')
      },
    ],
    [
      'is in trouble',
      () => {
        throw new StepError('transient', 'HTTP 503', { status: 503 })
      },
    ],
    [
      'is busy',
      () => {
        throw new StepError('throttled', 'HTTP 429', { status: 429 })
      },
    ],
  ])('is let in by a registry that %s: the push will show', async (_, respond) => {
    const { ask, asked } = registry(respond)
    await ask()
    expect(asked.filter(line => !line.includes(LOGIN_SERVER))).toEqual([])
  })

  test('is turned away without the role', async () => {
    const error = refused()
    const { ask } = registry(() => {
      throw error
    })
    expect(await rejection(ask())).toBe(error)
  })

  test('is turned away by the firewall, or where it cannot sign in', async () => {
    expect(await rejection(registry(() => reply(403)).ask())).toMatchObject({ kind: 'forbidden' })
    const error = new StepError('invalid', 'untrusted')
    const { ask, asked } = registry(
      () => reply(202),
      () => {
        throw error
      },
    )
    expect(await rejection(ask())).toBe(error)
    expect(asked).toHaveLength(1)
  })
})

describe('an identity that only looks', () => {
  test('is asked for nothing but a look, with patience', async () => {
    const { asked, patient, ask } = registry(() => reply(404))
    await ask({ pushes: false })
    expect(asked).toEqual([`HEAD ${LOGIN_SERVER}/v2/web/manifests/1 for repository:web:pull`])
    expect(patient).toHaveLength(1)
  })

  test('may be one that cannot pull: what that means is for the proof to say', async () => {
    const { ask } = registry(() => {
      throw refused()
    })
    await ask({ pushes: false })
  })

  test('stops with the run', async () => {
    const reason = new StepError('cancelled', 'stop')
    const { ask, end } = registry(() => {
      end.abort(reason)
      throw refused()
    })
    expect(await rejection(ask({ pushes: false }))).toBe(reason)
  })
})
