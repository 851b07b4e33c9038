import { describe, expect, test } from '@jest/globals'
import { KNOWN_COMMANDS, parseCommand } from '../../support/workflow-commands.ts'

const read = (line: string) => parseCommand(line, name => KNOWN_COMMANDS.includes(name))

describe('parseCommand', () => {
  test.each([
    ['::error::it broke', { name: 'error', properties: {}, data: 'it broke' }],
    ['  ::notice::after blanks', { name: 'notice', properties: {}, data: 'after blanks' }],
    ['::ERROR::any case', { name: 'error', properties: {}, data: 'any case' }],
    ['::endgroup::', { name: 'endgroup', properties: {}, data: '' }],
    ['::error::a::b', { name: 'error', properties: {}, data: 'a::b' }],
    [
      '::warning title=Not proved%3A 50%25%2C more,file=a.ts::two%0Alines 100%25',
      { name: 'warning', properties: { title: 'Not proved: 50%, more', file: 'a.ts' }, data: 'two\nlines 100%' },
    ],
    ['docker says ##[error]gotcha', { name: 'error', properties: {}, data: 'gotcha' }],
    ['##[warning title=a%3Bb;x=y]data%5D', { name: 'warning', properties: { title: 'a;b', x: 'y' }, data: 'data]' }],
  ])('reads %s', (line, command) => expect(read(line)).toEqual(command))

  test.each([
    ['text ::error::in the middle'],
    ['::unknown::command'],
    ['::error without an end'],
    ['##[section]Starting'],
    ['##[error without an end'],
    ['[error]text'],
    [''],
  ])('takes %j for plain output', line => expect(read(line)).toBeUndefined())

  test('undoes escapes once: an escaped percent sign does not make a new escape', () => {
    expect(read('::error::%250A')?.data).toBe('%0A')
  })
})
