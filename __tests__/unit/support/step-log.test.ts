import { describe, expect, test } from '@jest/globals'
import { StepLog } from '../../support/step-log.ts'

function logOf(lines: string[], options = {}): StepLog {
  const log = new StepLog(options)
  lines.forEach(line => log.read(line))
  return log
}

describe('StepLog', () => {
  test('masks what comes after the mask, in the log and in annotations', () => {
    const log = logOf(['token s3cret', '::add-mask::s3cret', 'token s3cret', '::error title=s3cret::got s3cret'])
    expect(log.lines).toEqual(['token s3cret', 'token ***', '##[error]got ***'])
    expect(log.annotations).toEqual([{ level: 'error', title: '***', message: 'got ***' }])
  })

  test('masks every line of a secret with several lines, and a secret inside a longer one', () => {
    const log = logOf([
      '::add-mask::line one%0Aline two',
      '::add-mask::abc',
      '::add-mask::abcdef',
      'line two',
      'abcdef',
    ])
    expect(log.lines).toEqual(['***', '***'])
  })

  test('warns of an empty mask instead of masking everything', () => {
    const log = logOf(['::add-mask::', 'text'])
    expect(log.masker.secrets).toEqual([])
    expect(log.annotations).toMatchObject([{ level: 'warning' }])
  })

  test('keeps groups visible and debug hidden, unless asked for', () => {
    const lines = ['::group::Plan', '::debug::detail', '::endgroup::']
    expect(logOf(lines).lines).toEqual(['##[group]Plan', '##[endgroup]'])
    expect(logOf(lines, { showDebug: true }).lines).toContain('##[debug]detail')
  })

  test('between stop-commands and its token nothing is a command', () => {
    const log = logOf(['::stop-commands::Token1', '::error::not one', '::other::x', '::token1::', '::error::one'])
    expect(log.annotations).toEqual([{ level: 'error', message: 'one' }])
    expect(log.lines).toContain('::error::not one')
  })

  test('the token of an earlier stop is no command any more', () => {
    const log = logOf(['::stop-commands::tok', '::tok::', '::tok::again'])
    expect(log.lines.at(-1)).toBe('::tok::again')
  })

  test('a line printed by a program can be a command by accident', () => {
    expect(logOf(['#12 0.3 ##[warning]from a container']).annotations).toEqual([
      { level: 'warning', message: 'from a container' },
    ])
  })

  test('takes outputs and state from commands, and refuses the disabled ones', () => {
    const log = logOf(['::set-output name=a::1', '::save-state name=b::2', '::set-env name=PATH::/evil'])
    expect([log.outputs, log.state]).toEqual([{ a: '1' }, { b: '2' }])
    expect(log.annotations).toMatchObject([{ level: 'error' }])
  })

  test('splits the message of an annotation into lines of the log', () => {
    expect(logOf(['::error::one%0Atwo']).lines).toEqual(['##[error]one', 'two'])
  })

  test('hands every shown line on as it comes', () => {
    const seen: string[] = []
    logOf(['a', '::add-mask::b', 'b'], { onLine: (line: string) => seen.push(line) })
    expect(seen).toEqual(['a', '***'])
  })
})
