import { describe, expect, test } from '@jest/globals'
import { type AskCli, cliCredential, cliSubscription } from '../../../src/azure/cli.ts'

const ARM = 'https://management.azure.com/.default'
const SCOPE = 'https://containerregistry.azure.net/.default'
const saying =
  (answer: unknown): AskCli =>
  () =>
    Promise.resolve(typeof answer === 'string' ? answer : JSON.stringify(answer))
const failing: AskCli = () => Promise.reject(new Error("Please run 'az login'"))

describe('cliCredential', () => {
  test('asks for the audience of the scope, and for ARM as the CLI itself names it', async () => {
    const asked: (readonly string[])[] = []
    const ask: AskCli = args => {
      asked.push(args)
      return saying({ accessToken: 'a', expires_on: 1 })(args)
    }
    await cliCredential(ask, ARM).getToken([SCOPE])
    await cliCredential(ask, ARM).getToken(ARM)
    expect(asked.map(args => args.join(' '))).toEqual([
      'account get-access-token --output json --resource https://containerregistry.azure.net',
      'account get-access-token --output json',
    ])
  })

  test('knows both ways the CLI tells when a token ends', async () => {
    const endOf = async (answer: object) =>
      (await cliCredential(saying(answer), ARM).getToken(SCOPE))?.expiresOnTimestamp
    expect(await endOf({ accessToken: 'a', expires_on: 1795356639, expiresOn: 'nonsense' })).toBe(1795356639000)
    expect(await endOf({ accessToken: 'a', expiresOn: '2026-11-22 14:50:00.000000' })).toBe(
      new Date(2026, 10, 22, 14, 50).getTime(),
    )
  })

  test.each([{}, { accessToken: 'a' }, { accessToken: '', expiresOn: 'soon' }, 'not JSON'])(
    '%j is no token',
    async answer => {
      await expect(cliCredential(saying(answer), ARM).getToken(SCOPE)).rejects.toThrow()
    },
  )

  test('says what the CLI says, and asks it nothing that a shell might understand', async () => {
    await expect(cliCredential(failing, ARM).getToken(SCOPE)).rejects.toThrow("Please run 'az login'")
    await expect(cliCredential(saying({}), ARM).getToken('https://x/&calc/.default')).rejects.toThrow('cannot be asked')
  })
})

describe('cliSubscription', () => {
  const { signal } = new AbortController()

  test('is the id the CLI tells, or none', async () => {
    const id = '22222222-2222-2222-2222-222222222222'
    expect(await cliSubscription(saying(`${id}\n`), signal)).toBe(id)
    expect(await cliSubscription(saying('None'), signal)).toBeUndefined()
    expect(await cliSubscription(failing, signal)).toBeUndefined()
  })

  test('a cancelled run does not go on without it', async () => {
    await expect(cliSubscription(failing, AbortSignal.abort(new Error('cancelled')))).rejects.toThrow('cancelled')
  })
})
