import { type Arm } from './client.ts'

interface Page {
  readonly value?: readonly unknown[]
  readonly nextLink?: string
}

/**
 * All items of a list of ARM, page by page. Not the SDK's pager: for a failed page it drops what Azure said, such as the action and the
 * scope a role lacks.
 */
export async function readPages(
  arm: Arm,
  what: string,
  firstUrl: string,
  method: 'GET' | 'POST' = 'GET',
  attempts?: number,
): Promise<unknown[]> {
  const items: unknown[] = []
  for (let url: string | undefined = firstUrl; url !== undefined;) {
    const page = (await arm.request(what, method, url, undefined, attempts)) as Page | undefined
    const value: unknown = page?.value
    if (Array.isArray(value)) for (const item of value as unknown[]) items.push(item)
    url = page?.nextLink === '' ? undefined : page?.nextLink
  }
  return items
}
