import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inputVariables, readActionManifest } from '../../support/action-manifest.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'manifest-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function manifest(text: string) {
  await writeFile(join(folder, 'action.yml'), text)
  return readActionManifest(folder)
}

describe('readActionManifest', () => {
  test('gives every input a default and post its condition', async () => {
    const text = `
inputs:
  image: { description: x, required: true }
  timeout: { description: x, default: '30m' }
  token: { description: x, default: '\${{ github.token }}' }
  bare:
runs: { using: node24, main: dist/index.js, post: dist/post.js }`
    expect(await manifest(text)).toEqual({
      defaults: { image: '', timeout: '30m', token: '', bare: '' },
      main: 'dist/index.js',
      post: 'dist/post.js',
      postIf: 'always()',
    })
  })

  test.each([
    ['a default that is no string', 'inputs: { a: { default: false } }', /'a' must be a string/],
    ['an expression', "inputs: { a: { default: '${{ env.X }}' } }", /'a' is an expression/],
  ])('refuses %s', (_, inputs, message) =>
    expect(manifest(`${inputs}\nruns: { using: node24, main: m }`)).rejects.toThrow(message),
  )

  test('refuses another runtime', () =>
    expect(manifest('runs: { using: node20, main: m }')).rejects.toThrow(/node24.*node20/))
})

test('inputVariables keeps dashes and turns blanks into underscores', () => {
  expect(inputVariables({ 'push-endpoint': 'global', 'two words': '' })).toEqual({
    'INPUT_PUSH-ENDPOINT': 'global',
    INPUT_TWO_WORDS: '',
  })
})
