import { setTimeout as sleep } from 'node:timers/promises'

/** Waits until something holds; how long that may take is for the test's own deadline to say. */
export async function eventually(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(50)
}
