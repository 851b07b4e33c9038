import { expect, test } from '@jest/globals'
import { missingRole } from '../../src/missing-role.ts'

test.each([
  ['rbac', true, ['AcrPush'], ['Repository', 'AcrPull']],
  ['rbac', false, ['AcrPull'], ['Repository', 'AcrPush']],
  ['abac', true, ['the role Container Registry Repository Writer', 'AcrPush counts for nothing'], ['Reader']],
  ['abac', false, ['the role Container Registry Repository Reader', 'AcrPull counts for nothing'], ['Writer']],
  [undefined, true, ['AcrPush', 'Container Registry Repository Writer'], ['AcrPull', 'Reader']],
  [undefined, false, ['AcrPull', 'Container Registry Repository Reader'], ['AcrPush', 'Writer']],
] as const)('mode %s, pushes %p', (mode, pushes, said, unsaid) => {
  const text = missingRole(mode, pushes)
  for (const words of said) expect(text).toContain(words)
  for (const words of unsaid) expect(text).not.toContain(words)
})
