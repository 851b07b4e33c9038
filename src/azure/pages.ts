import { StepError } from '../base/errors.ts'
import { type Arm } from './client.ts'

interface Page {
  readonly value?: unknown
  readonly nextLink?: unknown
}

/**
 * All items of a list of ARM, page by page. Not the SDK's pager: for a failed page it drops what Azure said, such as the action and the
 * scope a role lacks. Items that are no objects are left out.
 *
 * @param method of the first page: further ones are read with GET (x-ms-pageable of the REST specifications)
 *
 * @throws StepError `transient` for an answer that is no list: taken for an empty one, it would have things made that are there
 */
export async function readPages(
  arm: Arm,
  what: string,
  firstUrl: string,
  method: 'GET' | 'POST' = 'GET',
  attempts?: number,
): Promise<object[]> {
  const items: object[] = []
  const asked = new Set<string>()
  for (let url: string | undefined = firstUrl, how = method; url !== undefined; how = 'GET') {
    if (asked.has(url)) throw noList(what, 'its pages lead back to the same page')
    asked.add(url)
    const page = (await arm.request(what, how, url, undefined, attempts)) as Page | null | undefined
    const value = page?.value
    if (!Array.isArray(value)) throw noList(what, 'the answer is no list')
    for (const item of value as unknown[]) if (isObject(item)) items.push(item)
    url = typeof page?.nextLink === 'string' && page.nextLink !== '' ? page.nextLink : undefined
  }
  return items
}

function isObject(item: unknown): item is object {
  return typeof item === 'object' && item !== null && !Array.isArray(item)
}

function noList(what: string, why: string): StepError {
  return new StepError('transient', `${what} failed: ${why}`, {
    remedy:
      'Something between the runner and Azure may change answers: run the job again; see https://status.azure.com.',
  })
}
