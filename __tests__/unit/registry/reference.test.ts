import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { StepError } from '../../../src/base/errors.ts'
import { digested, isDigest, parseReference, tagged, isSameHost } from '../../../src/registry/reference.ts'
import { thrownBy } from '../fixtures.ts'

const HEX = 'a'.repeat(64)

describe('parseReference', () => {
  test.each([
    ['web', undefined, 'web', 'latest'],
    ['web:1.2', undefined, 'web', '1.2'],
    ['public/products/web:1.2', undefined, 'public/products/web', '1.2'],
    ['contoso.azurecr.io/web:1', 'contoso.azurecr.io', 'web', '1'],
    ['Contoso.AzureCR.io/web:V1', 'contoso.azurecr.io', 'web', 'V1'],
    ['contoso.localhost:5000/a/b', 'contoso.localhost:5000', 'a/b', 'latest'],
    ['localhost/web:1', 'localhost', 'web', '1'],
    ['my-label-d7ez.eastus.geo.azurecr.io/web:1', 'my-label-d7ez.eastus.geo.azurecr.io', 'web', '1'],
    ['team/web', undefined, 'team/web', 'latest'],
    ['a__b/c.d/e-f---g:_1', undefined, 'a__b/c.d/e-f---g', '_1'],
    [`web:${'x'.repeat(128)}`, undefined, 'web', 'x'.repeat(128)],
    ['localhost:5000', undefined, 'localhost', '5000'],
  ])('%s', (text, host, repository, tag) => expect(parseReference(text, 'image')).toEqual({ host, repository, tag }))

  test.each([
    ['', /repository is missing/],
    [':1.2', /repository is missing/],
    ['contoso.azurecr.io/', /repository is missing/],
    ['contoso.azurecr.io/:1', /repository is missing/],
    ['Web:1', /lower case/],
    ['Contoso/web:1', /lower case/],
    ['web//api:1', /not a repository name/],
    ['/web:1', /not a repository name/],
    ['web/:1', /not a repository name/],
    ['-web:1', /not a repository name/],
    ['web-:1', /not a repository name/],
    ['a___b:1', /not a repository name/],
    ['a..b:1', /not a repository name/],
    ['wéb:1', /not a repository name/],
    ['--help', /not a repository name/],
    ['$(id):1', /not a repository name/],
    ['web:1:2', /not a repository name/],
    ['web:', /'' is not a tag/],
    ['web:.1', /'\.1' is not a tag/],
    ['web:-1', /'-1' is not a tag/],
    ['web:a/b', /not a repository name|not a host|not a tag/],
    [`web:${'x'.repeat(129)}`, /is not a tag/],
    ['web 1', /white space/],
    ['web:1\n', /white space/],
    ['https://contoso.azurecr.io/web:1', /it is a URL/],
    [`web@sha256:${HEX}`, /names a digest/],
    ['-bad-.azurecr.io/web:1', /not a host/],
    ['contoso..io/web:1', /not a host/],
    ['contoso.io:port/web:1', /not a host/],
    ['[::1]:5000/web:1', /not a host/],
    [`contoso.azurecr.io/${'a'.repeat(250)}:1`, /too long/],
  ])('refuses %j and says which part is wrong', (text, message) => {
    const error = thrownBy(() => parseReference(text, 'image')) as StepError
    expect(error).toMatchObject({ name: 'StepError', kind: 'invalid' })
    expect(error.message).toMatch(message)
    expect(error.message).toContain(`Input 'image' has the reference '${text}'`)
    expect(error.remedy).toMatch(/\w/)
  })

  test('what it makes can be written and read again', () => {
    const part = fc.stringMatching(/^[a-z0-9]{1,8}(?:[._-][a-z0-9]{1,8})?$/)
    const host = fc.option(fc.stringMatching(/^[a-z]{1,9}\.[a-z]{2,5}(?::[0-9]{1,5})?$/), { nil: undefined })
    const tag = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,20}$/)
    fc.assert(
      fc.property(host, fc.array(part, { minLength: 1, maxLength: 4 }), tag, (where, parts, named) => {
        fc.pre(where !== undefined || !/[.:]/.test(parts[0] ?? '') || parts.length === 1)
        const repository = parts.join('/')
        const text = `${where === undefined ? '' : `${where}/`}${repository}:${named}`
        fc.pre(where !== undefined || parts[0] !== 'localhost')
        expect(parseReference(text, 'image')).toEqual({ host: where, repository, tag: named })
      }),
    )
  })

  test('any text is a reference of safe characters or a StepError', () => {
    const pieces = fc.constantFrom('a', 'B', '/', ':', '.', '-', '_', '@', ' ', '\n', 'localhost', '9', '[', '%')
    const text = fc.oneof(
      fc.string(),
      fc.array(pieces, { maxLength: 40 }).map(all => all.join('')),
    )
    fc.assert(
      fc.property(text, written => {
        const error = thrownBy(() => {
          const { host = '', repository, tag } = parseReference(written, 'image')
          expect(`${host} ${repository} ${tag}`).toMatch(/^[a-z0-9.:-]* [a-z0-9][a-z0-9._/-]* [A-Za-z0-9_][\w.-]*$/)
        })
        if (error !== undefined) expect(error).toBeInstanceOf(StepError)
      }),
      { numRuns: 1000 },
    )
  })

  test.each([
    ['dashes', `a${'-'.repeat(50_000)}!`],
    ['slashes', `${'a/'.repeat(50_000)}!`],
    ['dots in a host', `${'a.'.repeat(20_000)}!/web`],
    ['a host of dashes', `a.${'-'.repeat(20_000)}!/web`],
  ])('%s without end come to an end', (_, text) =>
    expect(thrownBy(() => parseReference(text, 'image'))).toBeInstanceOf(StepError),
  )
})

test.each([
  ['contoso.azurecr.io', 'contoso.azurecr.io', true],
  ['contoso.azurecr.io:443', 'Contoso.azurecr.io', true],
  ['contoso.azurecr.io:444', 'contoso.azurecr.io', false],
  ['contoso.azurecr.io', 'contoso.azurecr.us', false],
])('%s and %s are one host: %p', (one, other, same) => expect(isSameHost(one, other)).toBe(same))

test('tagged and digested write references', () => {
  const reference = { host: undefined, repository: 'a/b', tag: '1' }
  expect(tagged('contoso.azurecr.io', reference)).toBe('contoso.azurecr.io/a/b:1')
  expect(digested('contoso.azurecr.io', 'a/b', `sha256:${HEX}`)).toBe(`contoso.azurecr.io/a/b@sha256:${HEX}`)
})

test.each([
  [`sha256:${HEX}`, true],
  [`sha256:${HEX}\n`, false],
  [`sha256:${HEX}a`, false],
  [`sha256:${HEX.slice(1)}`, false],
  [`SHA256:${HEX}`, false],
  [`sha256:${HEX.toUpperCase()}`, false],
  [`sha512:${HEX}`, false],
  [HEX, false],
  ['', false],
])('isDigest %j is %s', (text, is) => expect(isDigest(text)).toBe(is))
