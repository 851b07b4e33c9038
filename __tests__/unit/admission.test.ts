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
function registry(respond: Respond, { signIn = () => undefined, token = '' } = {}) {
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
    async accessToken(host, scope) {
      asked.push(`token for ${scope} at ${host}`)
      return token
    },
    forget: () => void asked.push('forgotten'),
    missingRole: 'Give it AcrPush.',
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
const LOOK = `HEAD ${LOGIN_SERVER}/v2/web/manifests/1 for repository:web:pull`
/** A token that says what it is good for. */
const tokenFor = (access: unknown) => `e30.${Buffer.from(JSON.stringify({ access })).toString('base64url')}.x`
const missing: Respond = () => reply(404)

describe('an identity that is to push', () => {
  test.each([
    ['pull and push', [{ Type: 'repository', Name: 'web', Actions: ['pull', 'push'] }]],
    ['everything', [{ type: 'repository', name: 'web', actions: ['*'] }]],
    ['who knows what', undefined],
    ['another repository alone', [{ Type: 'repository', Name: 'shop', Actions: ['pull'] }]],
    ['nothing that can be read', [null, 5, 'x', {}, { Name: 'web', Actions: 'pull' }]],
    ['no list', { Name: 'web' }],
  ])('is let in with a token for %s', async (_, access) => {
    const { asked, patient, ask } = registry(missing, { token: tokenFor(access) })
    await ask()
    expect(asked).toEqual([`token for ${LOGIN_SERVER}`, LOOK, `token for ${SCOPE} at ${LOGIN_SERVER}`])
    expect(patient).toEqual([`Sign-in to ${LOGIN_SERVER}`])
  })

  test('is let in with a token nobody can read', async () => {
    for (const token of ['', 'x', 'a.b.c', 'a.e30.c']) await registry(missing, { token }).ask()
  })

  test.each([
    ['pull alone', ['pull'], 'was granted pull alone'],
    ['nothing', [], 'was granted nothing alone'],
  ])('is turned away with a token for %s, which is not kept', async (_, actions, says) => {
    const { ask, asked } = registry(missing, {
      token: tokenFor([{ Type: 'repository', Name: 'web', Actions: actions }]),
    })
    expect(await rejection(ask())).toMatchObject({
      kind: 'auth',
      code: REFUSED,
      message: `Sign-in to ${LOGIN_SERVER} for ${SCOPE} ${says}`,
      remedy: 'Give it AcrPush.',
    })
    expect(asked.at(-1)).toBe('forgotten')
  })

  test('is asked for every repository', async () => {
    const { asked, ask } = registry(missing)
    const [first, second] = ['web:1', 'shop:1'].map(name => {
      const [repository = '', tag = ''] = name.split(':')
      return { host: undefined, repository, tag }
    })
    if (first !== undefined && second !== undefined) await ask({ references: [first, second] })
    expect(asked.filter(line => line.startsWith('HEAD'))).toHaveLength(2)
  })

  test.each(['transient', 'throttled', 'invalid', 'conflict'] as const)(
    'is let in by a registry in trouble (%s): the push will show',
    async kind => {
      await registry(() => {
        throw new StepError(kind, 'HTTP 5xx')
      }).ask()
    },
  )

  test('is turned away where it may not even pull, or the firewall refuses', async () => {
    for (const error of [refused(), new StepError('forbidden', 'firewall')]) {
      const { ask } = registry(() => {
        throw error
      })
      expect(await rejection(ask())).toBe(error)
    }
  })

  test('is turned away where it cannot sign in', async () => {
    const error = new StepError('invalid', 'untrusted')
    const { ask, asked } = registry(missing, {
      signIn: () => {
        throw error
      },
    })
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
