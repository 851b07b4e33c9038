import { expect, test } from '@jest/globals'
import { readInputs } from '../../src/inputs.ts'
import { maskSecrets } from '../../src/mask.ts'

/** What is masked of these inputs and this environment. */
function masked(texts: Readonly<Record<string, string>>, env: Readonly<Record<string, string>> = {}): string[] {
  const secrets: string[] = []
  const all: Readonly<Record<string, string>> = { image: 'contoso.azurecr.io/web:1', regions: 'eastus', ...texts }
  maskSecrets(
    readInputs(name => all[name] ?? '', env),
    secret => secrets.push(secret),
  )
  return secrets
}

test('every secret is masked, in every form it may appear in', () => {
  const uri = 'https://hooks.example.com/acr?key="s3"'
  expect(masked({ 'webhook-uri': uri })).toEqual([
    uri,
    'https%3A%2F%2Fhooks.example.com%2Facr%3Fkey%3D%22s3%22',
    'https://hooks.example.com/acr?key=\\"s3\\"',
    Buffer.from(uri).toString('base64'),
  ])
  const secrets = masked(
    { 'commit-status': 'true', 'github-token': 'T0KEN' },
    { AZURE_CLIENT_SECRET: 'S3CRET', AZURE_CLIENT_CERTIFICATE_PASSWORD: 'PA55' },
  )
  expect(secrets).toEqual(expect.arrayContaining(['T0KEN', 'S3CRET', 'PA55']))
})

test('nothing that is no secret is: the runner would drop outputs that carry it', () => {
  const texts = { registry: 'contoso', 'client-id': 'client', 'tenant-id': 'tenant', 'resource-group': 'group' }
  const subscription = '00000000-0000-4000-8000-00000000000a'
  expect(masked({ ...texts, 'subscription-id': subscription, 'github-token': 'unused' })).toEqual([])
})
