import { describe, expect, test } from '@jest/globals'
import { type Arm } from '../../../src/azure/client.ts'
import { readPages } from '../../../src/azure/pages.ts'

/** ARM that answers each URL with its page. */
const armWith = (pages: Readonly<Record<string, unknown>>) =>
  ({ request: async (_what: string, _method: string, url: string) => pages[url] }) as unknown as Arm
const read = (pages: Readonly<Record<string, unknown>>) => readPages(armWith(pages), 'List replicas', '/1')

describe('readPages', () => {
  test('reads page after page, and leaves out what is no object', async () => {
    const pages = {
      '/1': { value: [{ name: 'a' }, null, 5, 'x', []], nextLink: '/2' },
      '/2': { value: [{ name: 'b' }] },
    }
    expect(await read(pages)).toEqual([{ name: 'a' }, { name: 'b' }])
  })

  test('takes the method for the first page, and GET for all others', async () => {
    const asked: string[] = []
    const arm = {
      request: async (_what: string, method: string, url: string) => {
        asked.push(`${method} ${url}`)
        return { value: [], ...(url === '/3' ? {} : { nextLink: `/${Number(url.slice(1)) + 1}` }) }
      },
    } as unknown as Arm
    await readPages(arm, 'List events', '/1', 'POST')
    expect(asked).toEqual(['POST /1', 'GET /2', 'GET /3'])
  })

  test.each([
    ['nothing', undefined],
    ['null', null],
    ['a web page', '<html>'],
    ['an object without a list', { value: {} }],
    ['an array', [{ name: 'a' }]],
  ])('never takes %s for an empty list', async (_, page) => {
    await expect(read({ '/1': page })).rejects.toMatchObject({
      kind: 'transient',
      message: 'List replicas failed: the answer is no list',
    })
  })

  test('does not go round in circles', async () => {
    const pages = { '/1': { value: [], nextLink: '/2' }, '/2': { value: [], nextLink: '/1' } }
    await expect(read(pages)).rejects.toThrow('its pages lead back to the same page')
  })
})
