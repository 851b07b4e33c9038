import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

/** A process of a job, as anybody on the machine sees it. */
export interface JobProcess {
  readonly pid: number
  readonly argv: string
  readonly environment: string
}

/** The processes that run now and carry this mark in their environment. */
export async function processesOf(mark: string): Promise<JobProcess[]> {
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name) && Number(name) !== process.pid)
  const found = await Promise.all(
    pids.map(async pid => {
      const read = (file: string) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')
      const [environment, argv] = [await read('environ'), await read('cmdline')]
      return { pid: Number(pid), argv: argv.replaceAll('\0', ' ').trim(), environment }
    }),
  )
  return found.filter(({ environment }) => environment.includes(mark))
}

/** Looks again and again until it is told to stop; resolves with all that was seen. */
export function watchProcesses(mark: string): { stop(): Promise<readonly JobProcess[]> } {
  const seen = new Map<string, JobProcess>()
  let watching = true
  const watch = async () => {
    while (watching) {
      for (const found of await processesOf(mark)) seen.set(`${found.pid} ${found.argv}`, found)
      await sleep(15)
    }
  }
  const watched = watch()
  return {
    async stop() {
      watching = false
      await watched
      return [...seen.values()]
    },
  }
}
