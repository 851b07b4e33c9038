import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { chooseCloud } from '../../../src/azure/cloud.ts'
import { StepError } from '../../../src/base/errors.ts'
import { thrownBy } from '../fixtures.ts'

describe('chooseCloud', () => {
  test.each([
    ['azurecloud', 'https://management.azure.com', 'https://login.microsoftonline.com'],
    ['AzureUSGovernment', 'https://management.usgovcloudapi.net', 'https://login.microsoftonline.us'],
    ['AZURECHINACLOUD', 'https://management.chinacloudapi.cn', 'https://login.chinacloudapi.cn'],
  ])('%s', (name, resourceManager, authorityHost) =>
    expect(chooseCloud(name, '', '')).toEqual({
      name: name.toLowerCase(),
      resourceManager,
      authorityHost,
      armScope: `${resourceManager}/.default`,
    }),
  )

  test('custom, without slashes at the end', () => {
    expect(chooseCloud('custom', 'https://arm.localhost:8443//', 'https://login.example.com/')).toEqual({
      name: 'custom',
      resourceManager: 'https://arm.localhost:8443',
      authorityHost: 'https://login.example.com',
      armScope: 'https://arm.localhost:8443/.default',
    })
  })

  const url = 'https://a.example.com'
  test.each([
    ['a cloud nobody knows', 'azurestack', '', '', "'environment'"],
    ['a URL too many', 'azurecloud', url, '', "'resource-manager-endpoint'"],
    ['another URL too many', 'azurechinacloud', '', url, "'authority-host'"],
    ['custom without ARM', 'custom', '', url, "'resource-manager-endpoint' is missing"],
    ['custom without sign-in', 'custom', url, '', "'authority-host' is missing"],
    ['http', 'custom', 'http://a.example.com', url, "'resource-manager-endpoint' is not an https URL"],
    ['no URL', 'custom', url, 'login.example.com', "'authority-host' is not an https URL"],
    ['a user in the URL', 'custom', 'https://me@a.example.com', url, "'resource-manager-endpoint' is not"],
    ['a password in the URL', 'custom', 'https://:pw@a.example.com', url, "'resource-manager-endpoint' is not"],
    ['a query', 'custom', `${url}/?x=1`, url, "'resource-manager-endpoint' is not"],
    ['a fragment', 'custom', url, `${url}/#x`, "'authority-host' is not"],
  ])('refuses %s', (_, name, arm, authority, words) => {
    const error = thrownBy(() => chooseCloud(name, arm, authority)) as StepError
    expect(error).toMatchObject({ name: 'StepError', kind: 'invalid', remedy: expect.stringMatching(/\w/) })
    expect(error.message).toContain(words)
  })

  test('any texts give a cloud of https URLs or a StepError', () => {
    const text = fc.oneof(fc.string(), fc.webUrl({ validSchemes: ['https', 'http', 'ftp'] }))
    fc.assert(
      fc.property(fc.constantFrom('custom', 'azurecloud', 'x'), text, text, (name, arm, authority) => {
        const error = thrownBy(() => {
          const cloud = chooseCloud(name, arm, authority)
          for (const url of [cloud.resourceManager, cloud.authorityHost]) expect(url).toMatch(/^https:\/\/.*[^/]$/)
        })
        if (error !== undefined) expect(error).toBeInstanceOf(StepError)
      }),
    )
  })
})
