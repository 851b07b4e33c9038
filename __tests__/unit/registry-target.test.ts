import { describe, expect, test } from '@jest/globals'
import { type StepError } from '../../src/base/errors.ts'
import { readTarget } from '../../src/registry-target.ts'
import { parseReference } from '../../src/registry/reference.ts'
import { thrownBy } from './fixtures.ts'

/** Every form of login server there is (Azure/azure-cli acr tests; sovereign suffixes of az's clouds). */
const LOGIN_SERVERS = [
  'contoso.azurecr.io',
  'contoso-a1b2c3d4e5f6g7h8.azurecr.io',
  'contoso.azurecr.us',
  'contoso-a1b2c3d4.azurecr.us',
  'contoso.azurecr.cn',
  'contoso-a1b2c3d4.azurecr.cn',
  'contoso.azurecr.sovcloud-azure.de',
  'contoso.azurecr.eaglex.ic.gov',
]

const target = (image: string, registry = '', pushes = true) =>
  readTarget(() => registry, [parseReference(image, 'image')], pushes)
const regional = (loginServer: string, region: string) => loginServer.replace('.', `.${region}.geo.`)

describe.each(LOGIN_SERVERS)('%s', loginServer => {
  test('is the registry where the image names it', () =>
    expect(target(`${loginServer}/team/web:1.2`)).toEqual({ loginServer }))

  test('is the registry where the input does, in any case and with a slash', () => {
    expect(target('team/web:1.2', loginServer)).toEqual({ loginServer })
    expect(target('team/web:1.2', `${loginServer.toUpperCase()}/`)).toEqual({ loginServer })
  })

  test('goes with the name beside it, and with itself', () => {
    expect(target(`${loginServer}/team/web:1.2`, 'contoso')).toEqual({ name: 'contoso' })
    expect(target(`${loginServer}/team/web:1.2`, loginServer)).toEqual({ loginServer })
  })

  test('is not the registry of the same name elsewhere', () => {
    const error = thrownBy(() => target(`${loginServer}/team/web:1.2`, 'contoso.azurecr.example')) as StepError
    expect(error).toMatchObject({ kind: 'invalid', remedy: expect.stringContaining('contoso.azurecr.example') })
    expect(error.message).toContain(loginServer)
  })

  test('has regional endpoints, which say whose they are to a run that waits', () => {
    const host = regional(loginServer, 'usgovvirginia')
    expect(target(`${host}/team/web:1.2`, '', false)).toEqual({ name: 'contoso' })
    expect(target(`${host}/team/web:1.2`, loginServer, false)).toEqual({ loginServer })
  })
})

test('a label with its hash is no name of a registry: the error says what is', () => {
  expect(thrownBy(() => target('team/web:1.2', 'contoso-a1b2c3d4'))).toMatchObject({
    kind: 'invalid',
    message: expect.stringContaining("'registry'"),
    remedy: expect.stringMatching(/name \(contoso\).*login server \(contoso\.azurecr\.io\)/),
  })
})
