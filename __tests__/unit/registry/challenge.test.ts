import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parseChallenge } from '../../../src/registry/challenge.ts'

const ACR = { realm: 'https://contoso.azurecr.io/oauth2/token', service: 'contoso.azurecr.io' }
const text = `Bearer realm="${ACR.realm}",service="${ACR.service}"`

describe('parseChallenge', () => {
  test.each([
    ['as ACR sends it', text],
    ['with a scope and an error', `${text},scope="repository:web:pull",error="invalid_token"`],
    ['any case, any blanks', `bearer REALM = "${ACR.realm}" ,\tService="${ACR.service}"`],
    ['bare values', `Bearer realm=${ACR.realm}, service=${ACR.service}`],
    ['after another one', `Basic realm="x", ${text}`],
    ['before another one', `${text}, Basic realm="x"`],
    ['escaped characters', `Bearer realm="${ACR.realm}",service="contoso\\.azurecr.io"`],
  ])('%s', (_, header) => expect(parseChallenge(header)).toEqual(ACR))

  test('a regional endpoint names the login server as the service', () => {
    const realm = 'https://contoso.eastus.geo.azurecr.io/oauth2/token'
    expect(parseChallenge(`Bearer realm="${realm}",service="contoso.azurecr.io"`)).toEqual({ ...ACR, realm })
  })

  test.each([
    undefined,
    '',
    'Bearer',
    'Basic realm="x"',
    'Bearer realm="x"',
    'Bearer service="x"',
    `Bearerrealm="x",service="y"`,
    'Negotiate',
  ])('%j is none', header => expect(parseChallenge(header)).toBeUndefined())

  test('any header is a challenge with both parts, or none', () => {
    const piece = fc.constantFrom('Bearer ', 'realm', 'service', '=', '"', ',', '\\', ' ', 'x', 'https://a')
    const header = fc.oneof(
      fc.string(),
      fc.array(piece, { maxLength: 30 }).map(all => all.join('')),
    )
    fc.assert(
      fc.property(header, written => {
        const challenge = parseChallenge(written)
        if (challenge !== undefined)
          expect([typeof challenge.realm, typeof challenge.service]).toEqual(['string', 'string'])
      }),
      { numRuns: 1000 },
    )
  })

  test.each([`Bearer ${'a'.repeat(20_000)}`, `Bearer realm="${'\\'.repeat(20_000)}`, ' ,'.repeat(20_000)])(
    'a long one comes to an end (%#)',
    header => expect(parseChallenge(header)).toBeUndefined(),
  )
})
