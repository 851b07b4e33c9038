import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { type Emulator } from '../../emulator/index.ts'
import { openRepository, pushImage } from '../emulator/clients.ts'
import { eventually } from '../support/eventually.ts'
import { startQuickAzure } from '../support/step/azure.ts'
import { REFERENCE, REPOSITORY } from '../support/step/push-image.ts'
import { runStep, type StepRun } from '../support/step/run-step.ts'
import { REGIONS, type Row, type RowResult } from './row.ts'

/** Long enough for every recovery; rows that have to reach their deadline set a shorter one. */
const TIMEOUT = '60s'

/** Runs a row against a local Azure of its own and hands the result to the judge while that Azure still runs. */
export async function runRow(
  row: Row,
  image: string,
  judge: (result: RowResult, rerun: () => Promise<StepRun>) => void | Promise<void>,
): Promise<RowResult> {
  const azure = await startQuickAzure({ replicas: REGIONS.map(location => ({ location })), ...row.scenario })
  const docker = row.docker === undefined ? undefined : await standIn(row.docker)
  try {
    if (row.run !== 'push') await seed(azure, row)
    row.arrange?.(azure)
    const faults = typeof row.faults === 'function' ? row.faults(azure) : (row.faults ?? [])
    faults.forEach(fault => azure.addFault(fault))
    const rerun = () => step(azure, row, image, docker, () => undefined)
    const { lines, onLine } = listen(azure, row)
    const stop = new AbortController()
    let cancelledAt: number | undefined
    const [run] = await Promise.all([
      step(
        azure,
        row,
        image,
        docker,
        line => {
          onLine(line)
          if (cancelledAt !== undefined || row.cancel?.line.test(line) !== true) return
          cancelledAt = Date.now()
          stop.abort()
        },
        stop.signal,
      ),
      row.beside?.(rerun),
    ])
    const result = { azure, run, regions: row.regions ?? REGIONS, lines, cancelledAt }
    await judge(result, rerun)
    return result
  } finally {
    await azure.stop()
    if (docker !== undefined) await rm(docker, { recursive: true })
  }
}

/** Puts the image into the registry before the step, as another job did. */
async function seed(azure: Emulator, { seeded, scenario }: Row): Promise<void> {
  const repository = await openRepository(azure, azure.directAddress('westus') ?? '', REPOSITORY)
  const { digest } = await pushImage(repository, '1.2')
  const regions =
    seeded ?? (scenario?.replicas ?? REGIONS.map(location => ({ location }))).map(entry => entry?.location)
  await eventually(() =>
    regions.every(
      (region = '') =>
        azure.truth.serves(region, REPOSITORY, digest) && azure.truth.tag(region, REPOSITORY, '1.2') === digest,
    ),
  )
}

function listen(azure: Emulator, { on }: Row) {
  const lines: { at: number; line: string }[] = []
  let done = false
  const onLine = (line: string): void => {
    lines.push({ at: Date.now(), line })
    if (done || on?.line.test(line) !== true) return
    done = true
    on.act(azure)
  }
  return { lines, onLine }
}

function step(
  azure: Emulator,
  row: Row,
  image: string,
  docker: string | undefined,
  onLine: (line: string) => void,
  abort?: AbortSignal,
): Promise<StepRun> {
  const inputs = typeof row.inputs === 'function' ? row.inputs(azure, image) : row.inputs
  return runStep(azure, {
    inputs: {
      image: `${azure.ready.loginServer}/${REFERENCE}`,
      regions: (row.regions ?? REGIONS).join(),
      timeout: TIMEOUT,
      ...(row.run === 'push' ? { 'source-image': image } : { push: 'false' }),
      ...(row.run === 'dry-run' ? { 'dry-run': 'true' } : {}),
      ...inputs,
    },
    env: { ...(docker === undefined ? {} : { PATH: [docker, process.env['PATH']].join(delimiter) }), ...row.env },
    onLine,
    ...(abort === undefined || row.cancel === undefined ? {} : { signalAfter: { signal: row.cancel.signal, abort } }),
  })
}

/** A folder with a docker command of ours, which finds the real one. */
async function standIn(script: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'docker-stand-in-'))
  const file = join(folder, 'docker')
  const realDocker = `REAL_DOCKER="$(PATH="\${PATH#*:}" command -v docker)"`
  await writeFile(file, `#!/bin/sh\n${realDocker}\n${script}\n`)
  await chmod(file, 0o755)
  return folder
}
