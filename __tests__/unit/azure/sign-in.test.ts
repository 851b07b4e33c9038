import { describe, expect, test } from '@jest/globals'
import { type AuthMethod, type IdentityFacts, chooseSignIn, missingIn } from '../../../src/azure/sign-in.ts'
import { thrownBy } from '../fixtures.ts'

const NOTHING: IdentityFacts = {
  clientId: undefined,
  tenantId: undefined,
  clientSecret: undefined,
  certificatePath: undefined,
  certificatePassword: undefined,
  federatedTokenFile: undefined,
  idTokenGranted: false,
}
const APP = { clientId: 'client', tenantId: 'tenant' }
const choose = (auth: AuthMethod, facts: Partial<IdentityFacts>) => chooseSignIn(auth, { ...NOTHING, ...facts })

describe('chooseSignIn', () => {
  test.each<[string, AuthMethod, Partial<IdentityFacts>, object]>([
    ['oidc', 'oidc', { ...APP, idTokenGranted: true }, { method: 'oidc', ...APP }],
    ['a secret', 'environment', { ...APP, clientSecret: 's' }, { method: 'secret', ...APP, clientSecret: 's' }],
    [
      'a certificate',
      'environment',
      { ...APP, certificatePath: '/c', certificatePassword: 'p' },
      { method: 'certificate', ...APP, path: '/c', password: 'p' },
    ],
    [
      'a secret before a certificate',
      'environment',
      { ...APP, certificatePath: '/c', clientSecret: 's' },
      { method: 'secret', ...APP, clientSecret: 's' },
    ],
    [
      'workload identity',
      'workload-identity',
      { ...APP, federatedTokenFile: '/t' },
      { method: 'workload-identity', ...APP, tokenFile: '/t' },
    ],
    ['managed identity', 'managed-identity', {}, { method: 'managed-identity', clientId: undefined }],
    ['a user-assigned one', 'managed-identity', APP, { method: 'managed-identity', clientId: 'client' }],
    ['the CLI', 'cli', { ...APP, idTokenGranted: true }, { method: 'cli', tenantId: undefined }],
  ])('%s, as asked', (_, auth, facts, signIn) => expect(choose(auth, facts)).toEqual({ signIn, why: `auth: ${auth}` }))

  test.each<[AuthMethod, Partial<IdentityFacts>, string]>([
    ['oidc', {}, 'client-id, tenant-id, permissions: id-token: write'],
    ['oidc', APP, 'permissions: id-token: write'],
    ['oidc', { ...APP, tenantId: undefined, idTokenGranted: true }, 'tenant-id'],
    ['environment', APP, 'AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE_PATH'],
    ['environment', { clientSecret: 's' }, 'client-id, tenant-id'],
    ['workload-identity', APP, 'AZURE_FEDERATED_TOKEN_FILE'],
    ['workload-identity', { federatedTokenFile: '/t', clientId: 'c' }, 'tenant-id'],
  ])('%s with %j is refused, and all it lacks is named', (auth, facts, lacks) =>
    expect(thrownBy(() => choose(auth, facts))).toMatchObject({
      kind: 'auth',
      message: `Cannot sign in with auth: ${auth}: missing ${lacks}`,
      remedy: expect.stringMatching(/\w/),
    }),
  )

  test.each<[AuthMethod, IdentityFacts['origin'], RegExp]>([
    ['oidc', 'fork', /from a fork/],
    ['environment', 'fork', /from a fork/],
    ['workload-identity', 'fork', /from a fork/],
    ['oidc', 'dependabot', /by Dependabot/],
    ['environment', 'dependabot', /by Dependabot/],
    ['oidc', undefined, /^(?!.*(?:fork|Dependabot)).*id-token: write/],
    ['environment', undefined, /^(?!.*(?:fork|Dependabot)).*AZURE_CLIENT_SECRET/],
  ])('%s in a run of %s says why it lacks something', (auth, origin, remedy) =>
    expect(thrownBy(() => choose(auth, { ...APP, origin }))).toMatchObject({ remedy: expect.stringMatching(remedy) }),
  )

  test.each<[string, Partial<IdentityFacts>, string]>([
    ['oidc first', { ...APP, idTokenGranted: true, clientSecret: 's', federatedTokenFile: '/t' }, 'oidc'],
    ['then a secret', { ...APP, clientSecret: 's', federatedTokenFile: '/t' }, 'secret'],
    ['or a certificate', { ...APP, certificatePath: '/c' }, 'certificate'],
    ['then workload identity', { ...APP, federatedTokenFile: '/t' }, 'workload-identity'],
    ['at last the CLI', { idTokenGranted: true, clientSecret: 's' }, 'cli'],
    ['never managed identity', APP, 'cli'],
  ])('auto: %s', (_, facts, method) => expect(choose('auto', facts).signIn.method).toBe(method))

  test('auto says why, and what other ways lacked when only the CLI is left', () => {
    expect(choose('auto', { ...APP, idTokenGranted: true }).why).toBe(
      'client-id, tenant-id and id-token: write are given',
    )
    expect(choose('auto', APP).why).toBe(`no other way: ${missingIn({ ...NOTHING, ...APP })}`)
  })

  test('no secret is in any error or reason', () => {
    const facts = { clientSecret: 'S3CRET', certificatePassword: 'S3CRET' }
    expect(JSON.stringify(choose('auto', facts).why)).not.toContain('S3CRET')
    expect(String(thrownBy(() => choose('environment', facts)))).not.toContain('S3CRET')
  })
})

describe('missingIn', () => {
  test('says what each way lacks', () => {
    expect(missingIn({ ...NOTHING, ...APP })).toBe(
      'oidc lacks permissions: id-token: write; ' +
        'environment lacks AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE_PATH; ' +
        'workload-identity lacks AZURE_FEDERATED_TOKEN_FILE',
    )
    expect(missingIn(NOTHING)).toContain('oidc lacks client-id and tenant-id and permissions: id-token: write')
  })

  test('is empty when nothing is missing', () => {
    const all = { ...APP, idTokenGranted: true, clientSecret: 's', federatedTokenFile: '/t' }
    expect(missingIn({ ...NOTHING, ...all })).toBe('')
  })
})
