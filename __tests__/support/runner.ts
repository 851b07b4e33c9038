import { cp } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { inputVariables, type PostCondition, readActionManifest } from './action-manifest.ts'
import { parseKeyValueFile, parsePathFile } from './file-commands.ts'
import { type CommandFiles, RunnerContext } from './runner-context.ts'
import { endOrphans, type ProcessEnd, runEntry, type SignalAfter } from './runner-process.ts'
import { type Annotation, StepLog } from './step-log.ts'

/** What a workflow says about the step, and what the harness may do to it. */
export interface RunOptions {
  readonly inputs: Readonly<Record<string, string>>
  /** The job's environment, on top of what every runner sets. */
  readonly env?: Readonly<Record<string, string>>
  /** Values the workflow takes from its secrets: masked from the start. */
  readonly secrets?: readonly string[]
  readonly signalAfter?: SignalAfter
  /** The workspace; an empty one by default. */
  readonly cwd?: string
  /** The action to run: `action.yml` and `dist/`. By default this repository's. */
  readonly action?: string
  /** Sees every line of the log as it comes, masked. */
  readonly onLine?: (line: string) => void
}

/** What a workflow, and a person looking at the run, see afterwards. */
export interface RunResult extends ProcessEnd {
  readonly conclusion: 'success' | 'failure' | 'cancelled'
  /** The log as the runner keeps it: masked, commands carried out. `stdout` and `stderr` are raw. */
  readonly log: string
  readonly outputs: Readonly<Record<string, string>>
  readonly state: Readonly<Record<string, string>>
  readonly summary: string
  readonly annotations: readonly Annotation[]
  readonly masks: readonly string[]
  /** Files left in `RUNNER_TEMP` and in the home folder. */
  readonly leftovers: readonly string[]
  /** Command lines of processes that outlived the step. */
  readonly orphans: readonly string[]
  /** The post step, where `action.yml` has one and its condition held. */
  readonly post?: ProcessEnd
}

const REPOSITORY = join(import.meta.dirname, '..', '..')

/** Runs the built action exactly as a GitHub runner does: a Node 24 child process in a folder with nothing else near. */
export async function runAction(options: RunOptions): Promise<RunResult> {
  const context = await RunnerContext.create(options.cwd)
  try {
    await checkOut(options.action ?? REPOSITORY, context.action)
    return await runSteps(options, context)
  } finally {
    await context.remove()
  }
}

async function checkOut(from: string, to: string): Promise<void> {
  for (const name of ['action.yml', 'dist', 'package.json']) {
    if (existsSync(join(from, name))) await cp(join(from, name), join(to, name), { recursive: true })
  }
}

async function runSteps(options: RunOptions, context: RunnerContext): Promise<RunResult> {
  const manifest = await readActionManifest(context.action)
  const env = { ...context.variables(), ...options.env }
  const log = new StepLog({
    showDebug: env['RUNNER_DEBUG'] === '1',
    ...(options.onLine === undefined ? {} : { onLine: options.onLine }),
  })
  options.secrets?.forEach(secret => log.masker.add(secret))
  warnOfUnknownInputs(options.inputs, manifest.defaults, log)
  const inputs = inputVariables({ ...manifest.defaults, ...options.inputs })
  const step = { cwd: context.workspace, log }

  const files = await context.commandFiles()
  const end = await runEntry(join(context.action, manifest.main), {
    ...step,
    // A test may say where a command file is to be instead.
    env: { ...env, ...files.variables, ...options.env, ...inputs },
    signalAfter: options.signalAfter,
  })
  const said = await readCommandFiles(files, log)
  const succeeded = end.exitCode === 0 && said.valid
  const conclusion = end.cancelled ? 'cancelled' : succeeded ? 'success' : 'failure'

  const state = { ...log.state, ...said.state }
  let post: ProcessEnd | undefined
  if (manifest.post !== undefined && holds(manifest.postIf, conclusion)) {
    const stateVariables = Object.entries(state).map(([name, value]) => [`STATE_${name}`, value])
    const path = [...said.path.toReversed(), env['PATH']].join(delimiter)
    post = await runEntry(join(context.action, manifest.post), {
      ...step,
      env: {
        ...env,
        ...said.env,
        PATH: path,
        ...(await context.commandFiles()).variables,
        ...inputs,
        ...(Object.fromEntries(stateVariables) as Record<string, string>),
      },
    })
  }

  return {
    ...end,
    conclusion,
    log: log.lines.map(line => `${line}\n`).join(''),
    outputs: { ...log.outputs, ...said.outputs },
    state,
    summary: log.masker.mask(said.summary),
    annotations: log.annotations,
    masks: log.masker.secrets,
    orphans: await endOrphans(context.trackingId),
    leftovers: await context.leftovers(),
    ...(post === undefined ? {} : { post }),
  }
}

function warnOfUnknownInputs(
  given: RunOptions['inputs'],
  declared: Readonly<Record<string, string>>,
  log: StepLog,
): void {
  const unknown = Object.keys(given).filter(name => !(name in declared))
  if (unknown.length === 0) return
  const list = (names: readonly string[]) => names.map(name => `'${name}'`).join(', ')
  log.annotate('warning', `Unexpected input(s) ${list(unknown)}, valid inputs are [${list(Object.keys(declared))}]`)
}

async function readCommandFiles(files: CommandFiles, log: StepLog) {
  let valid = true
  const keyValues = async (file: 'output' | 'state' | 'env') => {
    try {
      return parseKeyValueFile(await files.read(file))
    } catch (error) {
      valid = false
      log.annotate('error', `Unable to process file command '${file}' successfully. ${(error as Error).message}`)
      return {}
    }
  }
  const outputs = await keyValues('output')
  const state = await keyValues('state')
  const env = await keyValues('env')
  return {
    outputs,
    state,
    env,
    path: parsePathFile(await files.read('path')),
    summary: await files.read('summary'),
    valid,
  }
}

const holds = (condition: PostCondition, conclusion: RunResult['conclusion']) =>
  condition === 'always()' || condition === `${conclusion}()`
