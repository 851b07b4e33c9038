import { expect, test } from '@jest/globals'
import { markdownText, printable } from '../../src/report/printable.ts'
import { keepSecret, withoutSecrets } from '../../src/secrets.ts'

test('a secret that was kept is nowhere in what is written, whatever mark-up comes after', () => {
  expect(withoutSecrets('hunter_2 and hunter_2')).toBe('hunter_2 and hunter_2')
  keepSecret('hunter_2')
  expect(withoutSecrets('hunter_2 and hunter_2')).toBe('*** and ***')
  expect(printable('the password is hunter_2')).toBe('the password is ***')
  expect(markdownText('hunter_2')).not.toContain('hunter')
})

test('a secret inside another one does not leave the rest of it', () => {
  keepSecret('the-inner')
  keepSecret('outer-the-inner-outer')
  expect(withoutSecrets('outer-the-inner-outer the-inner')).toBe('*** ***')
})

test('nothing is no secret', () => {
  keepSecret('')
  keepSecret(' \n')
  expect(withoutSecrets('a b')).toBe('a b')
})

test('what is too short to be a secret tears no text apart', () => {
  keepSecret('web')
  expect(withoutSecrets('contoso.azurecr.io/web:1.2')).toBe('contoso.azurecr.io/web:1.2')
})
